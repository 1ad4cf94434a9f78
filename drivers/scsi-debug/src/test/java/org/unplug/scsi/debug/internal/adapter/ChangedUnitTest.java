package org.unplug.scsi.debug.internal.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** R7 in the adapter: a command is executed on the unit that it is for, or on none, though it has been in the hands of a worker. */
@Timeout(60)
class ChangedUnitTest {

    private final SystemClockwork clockwork = Clockwork.system("changed");
    private final DebugAdapter adapter = new DebugAdapter(new Settings("debug", 16, 16, 1, 0, 1), clockwork);
    private final Bay bay = new Bay(adapter, clockwork, line -> {}, luns -> {});

    @AfterEach
    void close() {
        bay.close();
        clockwork.close();
    }

    private void insert() {
        try {
            bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void queue(FakeCommand command) {
        assertEquals(Queued.ACCEPTED, adapter.queueCommand(command.to(adapter)));
    }

    private FakeCommand execute(FakeCommand command) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        queue(command.onEnd(ended::countDown));
        await(ended);
        return command;
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(30, TimeUnit.SECONDS));
    }

    private static FakeCommand write() {
        FakeCommand write = FakeCommand.write(0, 1);
        Arrays.fill(write.data().array(), (byte) 7);
        return write;
    }

    @Test
    void commandsInTheWorkersHands_doNotReachTheUnitThatTookThePlace() throws Exception {
        insert();
        execute(FakeCommand.testUnitReady());
        CountDownLatch queued = new CountDownLatch(1);
        queue(FakeCommand.testUnitReady().onEnd(() -> {
            try {
                await(queued);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        // One batch, the first of which ends with the change.
        queue(FakeCommand.testUnitReady().onEnd(() -> {
            bay.yank(0, 0);
            insert();
        }));
        FakeCommand[] late = {write(), write(), write()};
        CountDownLatch ended = new CountDownLatch(late.length);
        for (FakeCommand write : late) {
            queue(write.onEnd(ended::countDown));
        }
        queued.countDown();
        await(ended);
        for (FakeCommand write : late) {
            assertEquals(HostByte.NO_CONNECT, write.host());
        }
        execute(FakeCommand.testUnitReady());
        assertArrayEquals(new byte[512], execute(FakeCommand.read(0, 1)).data().array());
    }
}
