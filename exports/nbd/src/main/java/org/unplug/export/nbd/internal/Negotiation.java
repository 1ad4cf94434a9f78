package org.unplug.export.nbd.internal;

import static org.unplug.nbd.Handshake.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.TlsWire;
import org.unplug.nbd.Transmission;
import org.unplug.nbd.Wire;

/** The handshake of one connection: greeting, then options until one of them chooses an export. */
final class Negotiation {

    /** The number by which base:allocation goes. */
    static final int CONTEXT = 1;

    private static final int MOST_OPTIONS = 1000;
    /** An option's data: a name, and a few dozen contexts. */
    private static final int MOST_OPTION_BYTES = 16 << 10;
    /** What is still read past rather than cut off. */
    private static final int MOST_SKIPPED_BYTES = 1 << 20;

    /** A query for everything in the namespace. */
    private static final String ALL_OF_BASE = "base:";

    /** Opens the export that a client has chosen. */
    interface Opener {
        /** @throws BlockException if it cannot be had; the client is told why */
        DiskHandle open(Export export) throws IOException;
    }

    private final Exports exports;
    private final Opener opener;
    private final SSLContext tls;
    private final boolean tlsRequired;
    private final Intake intake;
    private final Pace pace;
    private final ByteBuffer out = ByteBuffer.allocateDirect(MAX_STRING_BYTES * 2 + 256);
    private Wire wire;

    private Form form = Form.SIMPLE;
    private boolean noZeroes;
    /** The export for which base:allocation was asked; null if for none. */
    private String contextFor;

    /** @param tls null if there is none */
    Negotiation(
            Exports exports, Opener opener, SSLContext tls, boolean tlsRequired, Wire wire, Intake intake, Pace pace) {
        this.exports = exports;
        this.opener = opener;
        this.tls = tls;
        this.tlsRequired = tlsRequired;
        this.wire = wire;
        this.intake = intake;
        this.pace = pace;
    }

    /** Blocks until the client has chosen; null if it wants nothing. */
    Agreed run() throws IOException {
        out.putLong(MAGIC).putLong(OPTION_MAGIC).putShort((short) (FIXED_NEWSTYLE | NO_ZEROES));
        flush();
        intake.need(Integer.BYTES);
        int flags = intake.buffer().getInt();
        if ((flags & FIXED_NEWSTYLE) == 0 || (flags & ~(FIXED_NEWSTYLE | NO_ZEROES)) != 0) {
            throw new ProtocolException(
                    "client flags 0x" + Integer.toHexString(flags) + ": only fixed newstyle is spoken");
        }
        noZeroes = (flags & NO_ZEROES) != 0;
        for (int i = 0; i < MOST_OPTIONS; i++) {
            if (!intake.buffer().hasRemaining() && intake.fill() < 0) {
                return null;
            }
            intake.need(OPTION_HEADER_BYTES);
            ByteBuffer in = intake.buffer();
            long magic = in.getLong();
            if (magic != OPTION_MAGIC) {
                throw new ProtocolException("an option begins with 0x" + Long.toHexString(magic));
            }
            int option = in.getInt();
            long length = in.getInt() & 0xffffffffL;
            if (option == OPT_ABORT) {
                reply(option, REP_ACK);
                flush();
                return null;
            }
            Agreed agreed = option(option, length);
            flush();
            if (agreed != null) {
                return agreed;
            }
        }
        throw new ProtocolException("more than " + MOST_OPTIONS + " options");
    }

    private Agreed option(int option, long length) throws IOException {
        if (length > MOST_OPTION_BYTES) {
            if (length > MOST_SKIPPED_BYTES || option == OPT_EXPORT_NAME) {
                throw new ProtocolException("an option with " + length + " bytes of data");
            }
            intake.skip(length);
            reply(option, REP_ERR_TOO_BIG);
            return null;
        }
        intake.need((int) length);
        ByteBuffer data = intake.buffer().slice(intake.buffer().position(), (int) length);
        intake.buffer().position(intake.buffer().position() + (int) length);
        if (tlsRequired && !wire.isSecure() && option != OPT_STARTTLS) {
            if (option == OPT_EXPORT_NAME) {
                throw new ProtocolException("EXPORT_NAME without the TLS that is required");
            }
            reply(option, REP_ERR_TLS_REQD);
            return null;
        }
        switch (option) {
            case OPT_EXPORT_NAME -> {
                return exportName(data);
            }
            case OPT_GO, OPT_INFO -> {
                return info(option, data);
            }
            case OPT_LIST -> list(data);
            case OPT_STARTTLS -> startTls(data);
            case OPT_STRUCTURED_REPLY -> {
                if (data.hasRemaining()) {
                    reply(option, REP_ERR_INVALID);
                } else {
                    form = form == Form.EXTENDED ? form : Form.STRUCTURED;
                    reply(option, REP_ACK);
                }
            }
            case OPT_EXTENDED_HEADERS -> {
                if (data.hasRemaining()) {
                    reply(option, REP_ERR_INVALID);
                } else {
                    form = Form.EXTENDED;
                    reply(option, REP_ACK);
                }
            }
            case OPT_LIST_META_CONTEXT, OPT_SET_META_CONTEXT -> contexts(option, data);
            default -> reply(option, REP_ERR_UNSUP);
        }
        return null;
    }

    /** The old way to choose: no answer but the export's, or the end. */
    private Agreed exportName(ByteBuffer data) throws IOException {
        String name = text(data, data.remaining());
        Export export = exports.find(name);
        if (export == null) {
            throw new ProtocolException("EXPORT_NAME of '" + printable(name) + "', which is not exported");
        }
        DiskHandle handle = opener.open(export);
        out.putLong(export.info().capacityBytes()).putShort((short) flags(export));
        if (!noZeroes) {
            out.put(new byte[ZEROES_BYTES]);
        }
        return agreed(export, handle);
    }

    private Agreed agreed(Export export, DiskHandle handle) {
        return new Agreed(wire, export, handle, form, export.name().equals(contextFor));
    }

    private Agreed info(int option, ByteBuffer data) throws IOException {
        String name = string(data);
        int count = data.remaining() < Short.BYTES ? -1 : data.getShort() & 0xffff;
        if (name == null || count < 0 || data.remaining() != count * Short.BYTES) {
            reply(option, REP_ERR_INVALID);
            return null;
        }
        Export export = exports.find(name);
        if (export == null) {
            reply(option, REP_ERR_UNKNOWN);
            return null;
        }
        DiskHandle handle = null;
        if (option == OPT_GO) {
            try {
                handle = opener.open(export);
            } catch (BlockException e) {
                reply(option, e.status() == BlockStatus.GONE ? REP_ERR_SHUTDOWN : REP_ERR_POLICY, e.getMessage());
                return null;
            }
        }
        DiskInfo disk = export.info();
        header(option, REP_INFO, 12);
        out.putShort((short) INFO_EXPORT).putLong(disk.capacityBytes()).putShort((short) flags(export));
        for (int i = 0; i < count; i++) {
            switch (data.getShort()) {
                case INFO_NAME -> infoText(option, INFO_NAME, export.name());
                case INFO_DESCRIPTION -> infoText(option, INFO_DESCRIPTION, export.description());
                default -> {}
            }
        }
        header(option, REP_INFO, 14);
        out.putShort((short) INFO_BLOCK_SIZE)
                .putInt(disk.logicalBlockBytes())
                .putInt(Math.max(4096, disk.logicalBlockBytes()))
                .putInt(Transmission.DEFAULT_MAX_PAYLOAD);
        reply(option, REP_ACK);
        return handle == null ? null : agreed(export, handle);
    }

    private void infoText(int option, int kind, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        room(OPTION_REPLY_HEADER_BYTES + Short.BYTES + bytes.length);
        header(option, REP_INFO, Short.BYTES + bytes.length);
        out.putShort((short) kind).put(bytes);
    }

    private int flags(Export export) {
        int flags = Transmission.HAS_FLAGS
                | Transmission.SEND_FLUSH
                | Transmission.SEND_FUA
                | Transmission.SEND_CACHE
                | Transmission.CAN_MULTI_CONN;
        if (form != Form.SIMPLE) {
            flags |= Transmission.SEND_DF;
        }
        return flags
                | (export.readOnly()
                        ? Transmission.READ_ONLY
                        : Transmission.SEND_TRIM | Transmission.SEND_WRITE_ZEROES | Transmission.SEND_FAST_ZERO);
    }

    private void list(ByteBuffer data) throws IOException {
        if (data.hasRemaining()) {
            reply(OPT_LIST, REP_ERR_INVALID);
            return;
        }
        for (Export export : exports.all()) {
            byte[] name = export.name().getBytes(StandardCharsets.UTF_8);
            byte[] description = export.description().getBytes(StandardCharsets.UTF_8);
            int length = Integer.BYTES + name.length + description.length;
            room(OPTION_REPLY_HEADER_BYTES + length);
            header(OPT_LIST, REP_SERVER, length);
            out.putInt(name.length).put(name).put(description);
        }
        reply(OPT_LIST, REP_ACK);
    }

    private void startTls(ByteBuffer data) throws IOException {
        if (data.hasRemaining()) {
            reply(OPT_STARTTLS, REP_ERR_INVALID);
        } else if (tls == null) {
            reply(OPT_STARTTLS, REP_ERR_POLICY);
        } else if (wire.isSecure()) {
            reply(OPT_STARTTLS, REP_ERR_INVALID);
        } else {
            reply(OPT_STARTTLS, REP_ACK);
            flush();
            // Bytes that came before the encryption must not be taken for ones that came after it.
            if (intake.buffer().hasRemaining()) {
                throw new ProtocolException("data behind STARTTLS");
            }
            wire = TlsWire.server(wire.channel(), tls);
            intake.changeWire(wire);
            form = Form.SIMPLE;
            contextFor = null;
        }
    }

    private void contexts(int option, ByteBuffer data) throws IOException {
        String name = string(data);
        if (name == null || data.remaining() < Integer.BYTES) {
            reply(option, REP_ERR_INVALID);
            return;
        }
        boolean set = option == OPT_SET_META_CONTEXT;
        if (set) {
            contextFor = null;
        }
        int queries = data.getInt();
        boolean wanted = !set && queries == 0;
        for (int i = 0; i < queries; i++) {
            String query = string(data);
            if (query == null) {
                reply(option, REP_ERR_INVALID);
                return;
            }
            wanted |= query.equals(BASE_ALLOCATION) || !set && query.equals(ALL_OF_BASE);
        }
        if (queries < 0 || data.hasRemaining() || form == Form.SIMPLE) {
            reply(option, REP_ERR_INVALID);
            return;
        }
        Export export = exports.find(name);
        if (export == null) {
            reply(option, REP_ERR_UNKNOWN);
            return;
        }
        if (wanted) {
            byte[] context = BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
            header(option, REP_META_CONTEXT, Integer.BYTES + context.length);
            out.putInt(set ? CONTEXT : 0).put(context);
            contextFor = set ? export.name() : contextFor;
        }
        reply(option, REP_ACK);
    }

    /** A length and so many bytes of text; null if they are not there. */
    private static String string(ByteBuffer data) {
        if (data.remaining() < Integer.BYTES) {
            return null;
        }
        int length = data.getInt();
        return length < 0 || length > Math.min(data.remaining(), MAX_STRING_BYTES) ? null : text(data, length);
    }

    private static String text(ByteBuffer data, int length) {
        byte[] bytes = new byte[length];
        data.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** For a log line. */
    private static String printable(String name) {
        String shown = name.length() > 60 ? name.substring(0, 60) + "..." : name;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    private void reply(int option, int reply) throws IOException {
        room(OPTION_REPLY_HEADER_BYTES);
        header(option, reply, 0);
    }

    private void reply(int option, int reply, String why) throws IOException {
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MAX_STRING_BYTES);
        room(OPTION_REPLY_HEADER_BYTES + length);
        header(option, reply, length);
        out.put(text, 0, length);
    }

    private void header(int option, int reply, int length) {
        out.putLong(OPTION_REPLY_MAGIC).putInt(option).putInt(reply).putInt(length);
    }

    private void room(int bytes) throws IOException {
        if (out.remaining() < bytes) {
            flush();
        }
    }

    private void flush() throws IOException {
        out.flip();
        ByteBuffer[] all = {out};
        while (out.hasRemaining()) {
            pace.writes();
            wire.write(all, 0, 1);
            pace.hasWritten();
        }
        out.clear();
    }
}
