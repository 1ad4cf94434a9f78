/** What a comparison found, for people and programs: a table of text, a page, and data. Pure functions of the findings. */
package org.unplug.lab.internal.report;
