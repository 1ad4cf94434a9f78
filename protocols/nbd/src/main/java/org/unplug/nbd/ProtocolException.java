package org.unplug.nbd;

import java.io.IOException;

/** The peer broke the protocol, or a limit of ours; the connection ends. The message is one line that says what it did. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    public ProtocolException(String message) {
        super(message);
    }
}
