package org.unplug.lab.internal.load;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.ref.Clockwork;

/** A disk in an array, with one flaw if asked. It completes on a thread of its own. */
final class FakeHandle implements DiskHandle {

    /** What it does wrong. */
    enum Flaw {
        NONE,
        /** Goes on after the removal. */
        ADMITS,
        /** Never ends some requests that come after the removal. */
        LOSES,
        /** Ends some twice. */
        TWICE,
        /** Writes some one slot further. */
        ELSEWHERE
    }

    private final byte[] sectors;
    private final Clockwork clockwork;
    private final Flaw flaw;
    private final Deque<FakeBio> queue = new ArrayDeque<>();
    private boolean serving;
    private boolean removed;
    private volatile boolean lost;
    private int number;

    FakeHandle(Clockwork clockwork, Field field, Flaw flaw) {
        this.clockwork = clockwork;
        this.flaw = flaw;
        sectors = new byte[field.slots() * Field.SLOT_BYTES];
        ByteBuffer slot = ByteBuffer.allocate(Field.SLOT_BYTES);
        for (int i = 0; i < field.slots(); i++) {
            field.original(i, slot);
            slot.get(0, sectors, i * Field.SLOT_BYTES, Field.SLOT_BYTES);
        }
    }

    Flaw flaw() {
        return flaw;
    }

    /** Whether it has lost a request by now. */
    boolean hasLost() {
        return lost;
    }

    synchronized void remove() {
        removed = true;
    }

    @Override
    public void submit(Bio bio) {
        synchronized (this) {
            queue.add((FakeBio) bio);
            if (serving) {
                return;
            }
            serving = true;
        }
        clockwork.execute("fake disk", () -> {
            for (FakeBio next = next(); next != null; next = next()) {
                next.serve();
            }
        });
    }

    private synchronized FakeBio next() {
        FakeBio next = queue.poll();
        serving = next != null;
        return next;
    }

    @Override
    public void submit(Bio[] bios, int from, int to) {
        for (int i = from; i < to; i++) {
            submit(bios[i]);
        }
    }

    @Override
    public Bio newBio() {
        return new FakeBio();
    }

    @Override
    public DiskInfo info() {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized boolean isGone() {
        return removed;
    }

    @Override
    public void read(long sector, ByteBuffer into) {
        into.put(sectors, (int) sector * 512, into.remaining());
    }

    @Override
    public void write(long sector, ByteBuffer from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    private final class FakeBio implements Bio {
        private BioOp op;
        private long sector;
        private ByteBuffer buffer;
        private End end;
        private BlockStatus status;

        void serve() {
            boolean gone;
            boolean bad;
            synchronized (FakeHandle.this) {
                number++;
                gone = removed && flaw != Flaw.ADMITS;
                bad = number % 7 == 0;
            }
            if (bad && gone && flaw == Flaw.LOSES) {
                lost = true;
                return;
            }
            if (!gone && op.hasData()) {
                move(bad && flaw == Flaw.ELSEWHERE ? Field.SLOT_BYTES : 0);
            }
            status = gone ? BlockStatus.GONE : BlockStatus.OK;
            boolean again = bad && gone && flaw == Flaw.TWICE;
            end.ended(this);
            if (again) {
                end.ended(this);
            }
        }

        private void move(int off) {
            int at = (int) sector * 512 + off;
            if (op == BioOp.READ) {
                buffer.put(buffer.position(), sectors, (int) sector * 512, buffer.remaining());
            } else if (at + buffer.remaining() <= sectors.length) {
                buffer.get(buffer.position(), sectors, at, buffer.remaining());
            }
        }

        private Bio set(BioOp newOp, long at, ByteBuffer data) {
            op = newOp;
            sector = at;
            buffer = data;
            return this;
        }

        @Override
        public Bio read(long at, ByteBuffer into) {
            return set(BioOp.READ, at, into);
        }

        @Override
        public Bio read(long at, ByteBuffer[] into) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bio write(long at, ByteBuffer from) {
            return set(BioOp.WRITE, at, from);
        }

        @Override
        public Bio write(long at, ByteBuffer[] from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bio flush() {
            return set(BioOp.FLUSH, 0, null);
        }

        @Override
        public Bio discard(long at, long sectorCount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bio writeZeroes(long at, long sectorCount) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bio fua(boolean durable) {
            return this;
        }

        @Override
        public Bio onEnd(End newEnd) {
            end = newEnd;
            return this;
        }

        @Override
        public BioOp op() {
            return op;
        }

        @Override
        public long sector() {
            return sector;
        }

        @Override
        public long sectors() {
            return buffer == null ? 0 : buffer.remaining() / 512;
        }

        @Override
        public boolean isFua() {
            return false;
        }

        @Override
        public BlockStatus status() {
            return status;
        }

        @Override
        public boolean bufferHeld() {
            return false;
        }
    }
}
