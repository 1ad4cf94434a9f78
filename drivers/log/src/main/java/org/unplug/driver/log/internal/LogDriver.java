package org.unplug.driver.log.internal;

import java.util.Map;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.driver.log.WriteLog;
import org.unplug.ref.Clockwork;

/** Passes everything down, and logs what is no read: its submission before, its completion before it is told above. */
final class LogDriver extends PassDriver<LogDriver.Logged> {

    private final Journal journal;

    LogDriver(DiskHandle below, Journal journal, Clockwork clockwork) {
        super(below, clockwork);
        this.journal = journal;
    }

    /** A request with its place in the log. */
    final class Logged extends Passage {
        private long ticket;

        private void log() {
            ticket = switch (request().op()) {
                case READ -> Journal.NOT_LOGGED;
                case WRITE, WRITE_ZEROES, DISCARD, FLUSH -> journal.submitted(request());
            };
            passDown();
        }

        @Override
        protected void passed(BlockStatus status, boolean held) {
            journal.completed(ticket, status == BlockStatus.OK);
            end(status, held);
        }
    }

    /** Flushes come also where the lower disk needs none, since they make the epochs. */
    @Override
    public DiskSpec spec(DiskSpec derived) {
        return derived.withLimits(derived.limits().withWriteCache(true, true));
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(WriteLog.class, journal);
    }

    @Override
    protected Logged newPassage() {
        return new Logged();
    }

    @Override
    protected void handle(Logged passage) {
        passage.log();
    }
}
