/**
 * The commands, one component for each layer. Each returns values, fails with an exception whose message is the diagnosis,
 * and prints nothing but a progress bar on a terminal.
 */
package org.unplug.shell.command;
