package org.unplug.shell.command;

/** A command that cannot be done; the message is the diagnosis, naming what and why. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CommandException(String message) {
        super(message);
    }
}
