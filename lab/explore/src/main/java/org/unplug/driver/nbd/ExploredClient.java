package org.unplug.driver.nbd;

import java.io.IOException;
import java.util.function.Consumer;
import org.unplug.block.Disks;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/** The NBD client without its sockets, for scenes. */
public final class ExploredClient {

    private static final long CONNECT_MS = 10_000;
    private static final long REQUEST_MS = 10_000;

    private final Attachment attachment;

    /** What it is connected by; as {@link Line}. */
    public interface Cable {
        /** Plugs it in. */
        void connect() throws IOException;

        Wire wire();

        void unblock();

        boolean await(boolean orRoom) throws IOException;

        void wake();

        void close();
    }

    /** Makes cables that are not plugged in yet. */
    public interface Drum {
        Cable cut();
    }

    /**
     * @param export by name
     * @param connections how many, 1 to 16
     * @param deadAfterMs how long the disk outlives its last connection
     */
    public ExploredClient(
            String export,
            int connections,
            long deadAfterMs,
            Disks disks,
            Drum drum,
            Clockwork clockwork,
            Consumer<String> log) {
        NbdUri uri = NbdUri.parse("nbd://explored/" + export);
        Settings settings = new Settings(uri, null, connections, false, CONNECT_MS, deadAfterMs, REQUEST_MS);
        attachment = new Attachment(settings, "nbd", disks, server -> new CableLine(drum.cut()), clockwork, log);
    }

    /** Connects and adds the disk. @return its name */
    public String attach() throws IOException {
        attachment.attach();
        return attachment.diskName();
    }

    /** As when its bundle stops. */
    public void close() {
        attachment.close();
    }

    private record CableLine(Cable cable) implements Line {
        @Override
        public void connect() throws IOException {
            cable.connect();
        }

        @Override
        public Wire wire() {
            return cable.wire();
        }

        @Override
        public void unblock() {
            cable.unblock();
        }

        /** A glance after some time would hide that somebody was not woken. */
        @Override
        public boolean await(boolean orRoom, long timeoutMs) throws IOException {
            return cable.await(orRoom);
        }

        @Override
        public void wake() {
            cable.wake();
        }

        @Override
        public void close() {
            cable.close();
        }
    }
}
