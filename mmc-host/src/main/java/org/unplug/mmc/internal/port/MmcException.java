package org.unplug.mmc.internal.port;

import org.unplug.mmc.spi.MmcError;

/** A command that did not do what it should. */
public final class MmcException extends Exception {
    private static final long serialVersionUID = 1;

    /** How far the command came. */
    public enum Kind {
        /** It was answered, with an error; or not, in which case the adapter said so. */
        ANSWERED,
        /** It was answered, and what the card said rules out that it could be used. */
        REFUSED,
        /** It never went out: another one, which the adapter has not completed, is in front of it. */
        NEVER_SENT,
        /** It went out and the adapter has not completed it, though it was asked to. */
        UNFINISHED,
        /** The card's link was severed meanwhile: it is being removed. */
        SEVERED
    }

    private final Kind kind;
    private final MmcError error;

    public MmcException(Kind kind, MmcError error, String message) {
        super(message, null, false, false);
        this.kind = kind;
        this.error = error;
    }

    public MmcException(MmcError error, String message) {
        this(Kind.ANSWERED, error, message);
    }

    public Kind kind() {
        return kind;
    }

    public MmcError error() {
        return error;
    }

    /** Whether another attempt, at a lower clock, is in vain. */
    public boolean isFinal() {
        return kind != Kind.ANSWERED || error == MmcError.NO_MEDIUM;
    }
}
