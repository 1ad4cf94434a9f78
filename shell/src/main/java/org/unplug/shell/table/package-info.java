/** Records as text: aligned tables, one record in full, one record in a line. */
package org.unplug.shell.table;
