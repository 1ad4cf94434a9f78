/** What a person types and sees: options, progress, and the command {@code lab:compare}. */
package org.unplug.lab.internal.cli;
