/**
 * What {@code ./unplug} runs: the launcher, the interactive console, scripts and their diagnosis. A command that fails is one
 * line on stderr that names what and why, and a script's status.
 */
package org.unplug.shell.cli;
