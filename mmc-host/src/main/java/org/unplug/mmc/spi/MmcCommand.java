package org.unplug.mmc.spi;

/** A command of a request and what came back. Set by the core before the request, answered by the adapter in it. */
public final class MmcCommand {

    private int opcode;
    private int argument;
    private ResponseType type = ResponseType.NONE;
    private MmcResponse response;

    public MmcCommand set(int newOpcode, int newArgument, ResponseType newType) {
        opcode = newOpcode;
        argument = newArgument;
        type = newType;
        response = null;
        return this;
    }

    /** 0 to 63. */
    public int opcode() {
        return opcode;
    }

    public int argument() {
        return argument;
    }

    public ResponseType type() {
        return type;
    }

    /** The adapter's answer. */
    public void respond(MmcResponse answer) {
        response = answer;
    }

    /** What came back; null if the command was not sent, for instance because one ahead of it failed. */
    public MmcResponse response() {
        return response;
    }

    /** The error of the exchange; NONE too for a command that was not sent. */
    public MmcError error() {
        return response == null ? MmcError.NONE : response.error();
    }

    @Override
    public String toString() {
        return "CMD" + opcode + String.format("(%08x)", argument);
    }
}
