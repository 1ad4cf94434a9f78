/**
 * The command line. Start reading at {@link org.unplug.shell.cli.Launcher}, which {@code ./unplug} runs; the commands are
 * one component for each layer in {@code command}, so that a layer that is missing or stopped lacks its commands only; what
 * they return - records, never text - becomes tables in {@code table}.
 */
package org.unplug.shell;
