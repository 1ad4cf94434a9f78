package org.unplug.lab.explore.scene;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import org.unplug.driver.nbd.ExploredClient;
import org.unplug.lab.explore.engine.Scheduler;
import org.unplug.lab.explore.engine.Yield;
import org.unplug.nbd.Wire;

/**
 * A connection within the scene: what one end writes the other reads, as far as there is room, and each read and write is a step. An
 * end that closes leaves what it has written to be read. Blocks as a socket does, or does not.
 */
final class Cable {

    /** Little, so that replies with data do not go through in one piece. */
    private static final int ROOM_BYTES = 600;

    private final Scheduler scheduler;
    private final Plug plug;
    private final Direction toServer = new Direction();
    private final Direction toClient = new Direction();
    private final End client;
    private final End server;
    private boolean connected;

    /** Where a cable is plugged in. */
    interface Plug {
        /** @throws IOException if nobody is there */
        void into(Cable cable) throws IOException;
    }

    /**
     * @param plug what {@link End#connect} of the client's end does
     * @param tap looks at what passes, as it is written
     */
    Cable(Scheduler scheduler, Plug plug, Tap tap) {
        this.scheduler = scheduler;
        this.plug = plug;
        client = new End("client", toClient, toServer, tap::fromClient);
        server = new End("server", toServer, toClient, tap::fromServer);
    }

    End client() {
        return client;
    }

    End server() {
        return server;
    }

    /** Nothing comes through any more. */
    void cut() {
        toServer.drop();
        toClient.drop();
    }

    /** Whether a connection was made that an end of still is open. */
    boolean isOpen() {
        return connected && !(client.closed && server.closed);
    }

    long probe() {
        return toServer.count * 7L + toClient.count;
    }

    private static final class Direction {
        private final byte[] bytes = new byte[ROOM_BYTES];
        private int first;
        private int count;
        /** Nobody writes any more. */
        private boolean ended;
        /** Nobody reads any more. */
        private boolean dead;

        private int put(ByteBuffer from) {
            int taken = Math.min(from.remaining(), ROOM_BYTES - count);
            for (int i = 0; i < taken; i++) {
                bytes[(first + count++) % ROOM_BYTES] = from.get();
            }
            return taken;
        }

        private int take(ByteBuffer into) {
            int taken = Math.min(into.remaining(), count);
            for (int i = 0; i < taken; i++) {
                into.put(bytes[first]);
                first = (first + 1) % ROOM_BYTES;
            }
            count -= taken;
            return taken;
        }

        private void drop() {
            count = 0;
            ended = true;
            dead = true;
        }
    }

    /** One end, which a session or a link has. */
    final class End implements Wire, ExploredClient.Cable {
        private final String name;
        private final Direction in;
        private final Direction out;
        private final Consumer<ByteBuffer> tap;
        private boolean blocks = true;
        private boolean woken;
        private boolean closed;

        private End(String name, Direction in, Direction out, Consumer<ByteBuffer> tap) {
            this.name = name;
            this.in = in;
            this.out = out;
            this.tap = tap;
        }

        private boolean hasInput() {
            return in.count > 0 || in.ended || closed;
        }

        private boolean hasRoom() {
            return out.count < ROOM_BYTES || out.dead || closed;
        }

        private void step(String what) throws ClosedChannelException {
            Yield.point("wire: " + name + " " + what);
            requireOpen();
        }

        private void requireOpen() throws ClosedChannelException {
            if (closed) {
                throw new AsynchronousCloseException();
            }
        }

        @Override
        public void connect() throws IOException {
            step("connects");
            plug.into(Cable.this);
            connected = true;
        }

        @Override
        public Wire wire() {
            return this;
        }

        @Override
        public void unblock() {
            blocks = false;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            step("reads");
            if (blocks) {
                scheduler.until(this::hasInput);
                requireOpen();
            }
            return in.count == 0 && in.ended ? -1 : in.take(into);
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int count) throws IOException {
            long taken = 0;
            for (int i = offset; i < offset + count; i++) {
                if (into[i].hasRemaining()) {
                    int more = taken == 0 ? read(into[i]) : in.take(into[i]);
                    if (more < 0) {
                        return more;
                    }
                    taken += more;
                }
            }
            return taken;
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int count) throws IOException {
            long taken = 0;
            for (int i = offset; i < offset + count; i++) {
                while (from[i].hasRemaining()) {
                    step("writes");
                    if (blocks) {
                        scheduler.until(this::hasRoom);
                        requireOpen();
                    }
                    if (out.dead) {
                        throw new IOException("broken pipe");
                    }
                    ByteBuffer seen = from[i].duplicate();
                    int put = out.put(from[i]);
                    if (put == 0) {
                        return taken;
                    }
                    taken += put;
                    tap.accept(seen.limit(seen.position() + put));
                }
            }
            return taken;
        }

        @Override
        public boolean await(boolean orRoom) throws IOException {
            step("waits");
            scheduler.until(() -> woken || hasInput() || orRoom && hasRoom());
            woken = false;
            if (closed) {
                throw new EOFException("the connection was closed");
            }
            return orRoom && hasRoom();
        }

        @Override
        public void wake() {
            woken = true;
        }

        @Override
        public SocketChannel channel() {
            throw new IllegalStateException("there is no TLS in a scene");
        }

        @Override
        public void close() {
            Yield.point("wire: " + name + " closes");
            closed = true;
            in.dead = true;
            out.ended = true;
        }
    }
}
