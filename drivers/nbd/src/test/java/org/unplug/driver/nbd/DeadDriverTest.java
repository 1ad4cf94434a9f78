package org.unplug.driver.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.nbd.NbdUri;
import org.unplug.ref.Clockwork;

/** A driver that gives up while requests wait for a connection. Found by the explorer: nbd/eject/none@1637~250241. */
class DeadDriverTest {

    /** Runs what it is given when it is told to. */
    private static final class HeldBack implements Clockwork {
        private final List<Runnable> tasks = new ArrayList<>();

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void execute(String name, Runnable task) {
            tasks.add(task);
        }

        @Override
        public Timer schedule(long delayMs, Runnable task) {
            return () -> {};
        }

        @Override
        public void await(Object monitor, long timeoutNanos) {
            throw new AssertionError("nobody waits here");
        }
    }

    /** A read that notes how it ended. */
    private static final class Noted implements Request {
        private final int tag;
        private final List<BlockStatus> ends = new ArrayList<>();

        Noted(int tag) {
            this.tag = tag;
        }

        @Override
        public int tag() {
            return tag;
        }

        @Override
        public BioOp op() {
            return BioOp.READ;
        }

        @Override
        public long sector() {
            return 0;
        }

        @Override
        public long sectors() {
            return 1;
        }

        @Override
        public int segmentCount() {
            return 1;
        }

        @Override
        public ByteBuffer segment(int index) {
            return ByteBuffer.allocate(512);
        }

        @Override
        public boolean fua() {
            return false;
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public boolean isAbandoned() {
            return false;
        }

        @Override
        public void complete(BlockStatus status) {
            ends.add(status);
        }

        @Override
        public void complete(BlockStatus status, boolean bufferHeld) {
            ends.add(status);
        }
    }

    @Test
    void requestThatIsCancelledWhileTheDeadDriverEndsIt_endsOnce_andSoDoTheOthers() {
        HeldBack clockwork = new HeldBack();
        NbdDriver driver =
                new NbdDriver(Settings.of(NbdUri.parse("nbd://nowhere/x")), clockwork, new NbdDriver.Watch() {
                    @Override
                    public void lost(Link link, String why) {
                        throw new AssertionError("there is no link");
                    }

                    @Override
                    public void dead() {
                        throw new AssertionError("its owner knows");
                    }
                });
        Noted first = new Noted(0);
        Noted second = new Noted(1);
        driver.queueRequest(first);
        driver.queueRequest(second);
        driver.close();
        driver.cancel(first);
        clockwork.tasks.forEach(Runnable::run);
        assertEquals(List.of(BlockStatus.GONE), first.ends);
        assertEquals(List.of(BlockStatus.GONE), second.ends);
    }
}
