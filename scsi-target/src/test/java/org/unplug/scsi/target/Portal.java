package org.unplug.scsi.target;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/**
 * Just enough of iSCSI (RFC 7143) on the loopback for a real initiator to judge the device server: one connection a session, no
 * digests, no authentication, error recovery level 0. For tests only.
 */
final class Portal implements Closeable {

    private static final int HEADER = 48;
    private static final int WINDOW = 128;
    private static final int BURST = 1 << 18;
    private static final int RECEIVE_SEGMENT = 1 << 18;
    private static final int PROTOCOL_SERVICE_CRC_ERROR = 0x4705;

    private final Target target;
    private final Clockwork clockwork;
    private final ServerSocket server;
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

    Portal(Target target, Clockwork clockwork) throws IOException {
        this.target = target;
        this.clockwork = clockwork;
        server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        clockwork.execute("portal", this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Session session = new Session(server.accept());
                sessions.add(session);
                clockwork.execute("session", session);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Session session : sessions) {
            session.socket.close();
        }
    }

    /** A command with its data, which one session uses once. */
    private static final class Command extends Task {
        final Session session;
        final byte[] header;
        final byte[] cdb;
        final byte[] sense = new byte[96];
        final ByteBuffer data;
        final boolean writes;
        int received;
        int dataNumber;
        boolean lost;

        Command(Session session, byte[] header, byte[] cdb) {
            this.session = session;
            this.header = header;
            this.cdb = cdb;
            writes = (header[1] & 0x20) != 0;
            data = ByteBuffer.allocate((header[1] & 0x60) == 0 ? 0 : (int) Bytes.get32(header, 20));
        }

        @Override
        protected byte[] cdb() {
            return cdb;
        }

        @Override
        protected int cdbLength() {
            return cdb.length;
        }

        @Override
        protected int segmentCount() {
            return data.capacity() == 0 ? 0 : 1;
        }

        @Override
        protected ByteBuffer segment(int index) {
            return data;
        }

        @Override
        protected int transferBytes() {
            return data.capacity();
        }

        @Override
        protected byte[] sense() {
            return sense;
        }

        @Override
        protected void ended() {
            session.commands.remove(Bytes.get32(header, 16));
            if (!isAborted()) {
                session.answer(this);
            }
        }
    }

    private final class Session implements Runnable {
        private final Socket socket;
        private final Map<Long, Command> commands = new ConcurrentHashMap<>();
        private DataInputStream in;
        private OutputStream out;
        private Nexus nexus;
        private String initiator = "";
        private boolean discovery;
        private int statusNumber = 1;
        private volatile int expected;
        private int sendSegment = 8192;
        private int firstBurst = 65536;

        Session(Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            try (socket) {
                socket.setTcpNoDelay(true);
                in = new DataInputStream(socket.getInputStream());
                out = socket.getOutputStream();
                while (serve()) {
                    // Goes on until the peer logs out or goes.
                }
            } catch (IOException e) {
                // The peer is gone: so is its nexus.
            } finally {
                sessions.remove(this);
                leave();
            }
        }

        private void leave() {
            if (nexus != null) {
                target.leave(nexus);
                nexus = null;
            }
        }

        private boolean serve() throws IOException {
            byte[] header = in.readNBytes(HEADER);
            if (header.length < HEADER) {
                return false;
            }
            byte[] more = in.readNBytes((header[4] & 0xFF) * 4);
            int length = Bytes.get24(header, 5);
            byte[] data = in.readNBytes(length);
            in.skipNBytes(-length & 3);
            int opcode = header[0] & 0x3F;
            if (opcode != 0x05 && opcode != 0x03) {
                int number = (int) Bytes.get32(header, 24);
                if ((header[0] & 0x40) == 0) {
                    if (number - expected < 0 || number - (expected + WINDOW) > 0) {
                        return true;
                    }
                    expected = number + 1;
                }
            }
            switch (opcode) {
                case 0x00 -> nop(header, data);
                case 0x01 -> command(header, more, data);
                case 0x02 -> manage(header);
                case 0x03 -> login(header, data);
                case 0x04 -> text(header);
                case 0x05 -> dataOut(header, data);
                case 0x06 -> {
                    // First: who has the answer may log in again, and nothing of the old nexus is to be met then.
                    leave();
                    byte[] answer = answerTo(header, 0x26);
                    send(answer, new byte[0], true);
                    return false;
                }
                default -> throw new IOException("opcode " + opcode);
            }
            return true;
        }

        private byte[] answerTo(byte[] header, int opcode) {
            byte[] answer = new byte[HEADER];
            answer[0] = (byte) opcode;
            answer[1] = (byte) 0x80;
            System.arraycopy(header, 16, answer, 16, 4);
            return answer;
        }

        private synchronized void send(byte[] header, byte[] data, boolean status) throws IOException {
            Bytes.put32(header, 24, statusNumber);
            if (status) {
                statusNumber++;
            }
            Bytes.put32(header, 28, expected);
            Bytes.put32(header, 32, expected + WINDOW);
            header[5] = (byte) (data.length >>> 16);
            Bytes.put16(header, 6, data.length);
            byte[] pdu = new byte[HEADER + (data.length + 3 & ~3)];
            System.arraycopy(header, 0, pdu, 0, HEADER);
            System.arraycopy(data, 0, pdu, HEADER, data.length);
            out.write(pdu);
        }

        private void login(byte[] header, byte[] data) throws IOException {
            Map<String, String> given = new LinkedHashMap<>();
            for (String pair : new String(data, StandardCharsets.UTF_8).split("\0", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    given.put(pair.substring(0, equals), pair.substring(equals + 1));
                }
            }
            initiator = given.getOrDefault("InitiatorName", initiator);
            discovery |= "Discovery".equals(given.get("SessionType"));
            expected = (int) Bytes.get32(header, 24);
            Map<String, String> told = new LinkedHashMap<>();
            given.forEach((key, value) -> negotiate(key, value, told));
            if (given.containsKey("InitiatorName")) {
                told.put("TargetPortalGroupTag", "1");
            }
            byte[] answer = answerTo(header, 0x23);
            boolean transit = (header[1] & 0x80) != 0;
            answer[1] = (byte) (header[1] & 0x8F);
            System.arraycopy(header, 8, answer, 8, 6);
            boolean full = transit && (header[1] & 3) == 3;
            if (full) {
                Bytes.put16(answer, 14, 1);
                String isid = String.format("%04x%08x", Bytes.get16(header, 8), Bytes.get32(header, 10));
                if (!discovery) {
                    nexus = target.join(initiator + ",i,0x" + isid);
                }
            }
            StringBuilder text = new StringBuilder();
            told.forEach(
                    (key, value) -> text.append(key).append('=').append(value).append('\0'));
            send(answer, text.toString().getBytes(StandardCharsets.UTF_8), true);
        }

        private void negotiate(String key, String value, Map<String, String> told) {
            switch (key) {
                case "HeaderDigest", "DataDigest", "AuthMethod" -> told.put(key, "None");
                case "InitialR2T" -> told.put(key, "Yes");
                case "ImmediateData", "DataPDUInOrder", "DataSequenceInOrder" -> told.put(key, "Yes");
                case "MaxConnections", "MaxOutstandingR2T" -> told.put(key, "1");
                case "ErrorRecoveryLevel", "DefaultTime2Retain" -> told.put(key, "0");
                case "DefaultTime2Wait" -> told.put(key, "2");
                case "MaxBurstLength" -> told.put(key, String.valueOf(Math.min(BURST, Integer.parseInt(value))));
                case "FirstBurstLength" -> {
                    firstBurst = Math.min(firstBurst, Integer.parseInt(value));
                    told.put(key, String.valueOf(firstBurst));
                }
                case "MaxRecvDataSegmentLength" -> {
                    sendSegment = Math.min(BURST, Integer.parseInt(value));
                    told.put(key, String.valueOf(RECEIVE_SEGMENT));
                }
                case "IFMarker", "OFMarker" -> told.put(key, "No");
                default -> {}
            }
        }

        private void text(byte[] header) throws IOException {
            byte[] answer = answerTo(header, 0x24);
            Bytes.put32(answer, 20, -1);
            String text = "TargetName=" + target.name() + "\0TargetAddress=127.0.0.1:" + port() + ",1\0";
            send(answer, text.getBytes(StandardCharsets.UTF_8), true);
        }

        private void nop(byte[] header, byte[] data) throws IOException {
            if (Bytes.get32(header, 16) != 0xFFFF_FFFFL) {
                byte[] answer = answerTo(header, 0x20);
                Bytes.put32(answer, 20, -1);
                send(answer, data, true);
            }
        }

        private void command(byte[] header, byte[] more, byte[] data) throws IOException {
            byte[] cdb = new byte[16 + (more.length > 4 ? more.length - 4 : 0)];
            System.arraycopy(header, 32, cdb, 0, 16);
            if (more.length > 4) {
                System.arraycopy(more, 4, cdb, 16, more.length - 4);
            }
            Command command = new Command(this, header, cdb);
            commands.put(Bytes.get32(header, 16), command);
            int immediate = Math.min(data.length, command.data.capacity());
            command.data.put(0, data, 0, immediate);
            command.received = immediate;
            next(command);
        }

        private void next(Command command) throws IOException {
            int left = command.data.capacity() - command.received;
            if (command.writes && left > 0) {
                byte[] ready = answerTo(command.header, 0x31);
                System.arraycopy(command.header, 8, ready, 8, 8);
                System.arraycopy(command.header, 16, ready, 20, 4);
                Bytes.put32(ready, 40, command.received);
                Bytes.put32(ready, 44, Math.min(left, BURST));
                command.dataNumber = 0;
                send(ready, new byte[0], false);
                return;
            }
            Task.Attribute attribute = switch (command.header[1] & 7) {
                case 2 -> Task.Attribute.ORDERED;
                case 3 -> Task.Attribute.HEAD_OF_QUEUE;
                default -> Task.Attribute.SIMPLE;
            };
            long lun = ScsiAddress.decodeLun(Bytes.get64(command.header, 8));
            if (!target.execute(nexus, lun, command, attribute)) {
                throw new IOException("nobody is there");
            }
        }

        private void dataOut(byte[] header, byte[] data) throws IOException {
            Command command = commands.get(Bytes.get32(header, 16));
            if (command == null) {
                return;
            }
            command.lost |= Bytes.get32(header, 36) != command.dataNumber++;
            int offset = (int) Bytes.get32(header, 40);
            command.data.put(offset, data, 0, Math.min(data.length, command.data.capacity() - offset));
            command.received = offset + data.length;
            if ((header[1] & 0x80) == 0) {
                return;
            }
            if (command.lost) {
                // A number that is out of order stands for a PDU that was lost (RFC 7143, 7.9), which is not asked for
                // again.
                command.begin(null, nexus, Task.Attribute.SIMPLE);
                command.check(SenseKey.ABORTED_COMMAND, PROTOCOL_SERVICE_CRC_ERROR);
            } else {
                next(command);
            }
        }

        private void answer(Command command) {
            try {
                int sent = 0;
                int number = 0;
                int length = command.writes ? 0 : (int) command.movedBytes();
                while (sent < length) {
                    int part = Math.min(sendSegment, length - sent);
                    byte[] header = answerTo(command.header, 0x25);
                    header[1] = (byte) (sent + part == length ? 0x80 : 0);
                    Bytes.put32(header, 20, -1);
                    Bytes.put32(header, 36, number++);
                    Bytes.put32(header, 40, sent);
                    byte[] data = new byte[part];
                    command.data.get(sent, data);
                    send(header, data, false);
                    sent += part;
                }
                byte[] header = answerTo(command.header, 0x21);
                header[3] = (byte) command.status().code();
                long residual = command.residualBytes();
                if (residual != 0) {
                    header[1] |= (byte) (residual > 0 ? 0x02 : 0x04);
                    Bytes.put32(header, 44, (int) Math.abs(residual));
                }
                Bytes.put32(header, 36, number);
                byte[] sense = new byte[0];
                if (command.status() == ScsiStatus.CHECK_CONDITION) {
                    sense = new byte[2 + command.senseBytes()];
                    Bytes.put16(sense, 0, command.senseBytes());
                    System.arraycopy(command.sense, 0, sense, 2, command.senseBytes());
                }
                send(header, sense, true);
            } catch (IOException e) {
                close();
            }
        }

        private void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // It is closed.
            }
        }

        private void manage(byte[] header) throws IOException {
            long lun = ScsiAddress.decodeLun(Bytes.get64(header, 8));
            byte[] answer = answerTo(header, 0x22);
            switch (header[1] & 0x7F) {
                case 1 -> {
                    Command command = commands.remove(Bytes.get32(header, 20));
                    if (command == null) {
                        answer[2] = 1;
                    } else {
                        target.abortTask(nexus, lun, command);
                    }
                }
                case 2 -> target.abortTaskSet(nexus, lun);
                case 4 -> target.clearTaskSet(nexus, lun);
                case 5 -> answer[2] = (byte) (target.resetUnit(lun) == Target.Response.COMPLETE ? 0 : 2);
                case 6, 7 -> target.reset();
                default -> answer[2] = 5;
            }
            if ((header[1] & 0x7F) != 1) {
                // What still waits for its data will never be executed.
                new HashMap<>(commands).keySet().forEach(commands::remove);
            }
            send(answer, new byte[0], true);
        }
    }
}
