package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * Asks units that were reset whether they are there again: TEST UNIT READY, all at once, until one deadline. On the error
 * handler's thread, while every other command waits.
 */
final class ReadyCheck {

    private static final int NO_MEDIUM = 0x3A;

    /** What a unit said. */
    private enum Answer {
        WELL,
        ILL,
        /** It will say so later. */
        ASK_AGAIN
    }

    private final Host host;
    private final List<Asked> all = new ArrayList<>();

    ReadyCheck(Host host, Set<ScsiAddress> units) {
        this.host = host;
        units.forEach(unit -> all.add(new Asked(unit)));
    }

    /** The units that answered. */
    Set<ScsiAddress> run() {
        Clockwork clockwork = host.clockwork();
        long deadline = clockwork.nanoTime() + Timing.nanos(host.timing().handlerMs());
        host.waiters().add(this);
        try {
            while (!host.door().isKilled() && askThoseLeft()) {
                long left = deadline - clockwork.nanoTime();
                if (left <= 0) {
                    break;
                }
                synchronized (this) {
                    if (all.stream().anyMatch(Asked::isOpen)) {
                        clockwork.await(
                                this, Math.min(left, Timing.nanos(host.timing().againMs())));
                    }
                }
            }
        } finally {
            host.waiters().remove(this);
        }
        Set<ScsiAddress> well = new HashSet<>();
        for (Asked asked : all) {
            if (asked.giveUpUnlessWell()) {
                well.add(asked.unit);
            }
        }
        return well;
    }

    /** False once each has given an answer that counts. */
    private boolean askThoseLeft() {
        all.forEach(Asked::ask);
        host.door().commit();
        synchronized (this) {
            return all.stream().anyMatch(Asked::isOpen);
        }
    }

    private final class Asked implements Command.Sink {
        final ScsiAddress unit;
        private final Addressee addressee;
        private final Command command;
        private Answer answer = Answer.ASK_AGAIN;
        private boolean underWay;

        Asked(ScsiAddress unit) {
            this.unit = unit;
            addressee = host.addressee(unit);
            command = new Command(host, addressee, this);
        }

        void ask() {
            synchronized (ReadyCheck.this) {
                if (underWay || !isOpen()) {
                    return;
                }
                underWay = true;
            }
            command.prepare(
                    Cdb.testUnitReady(command.cdb()),
                    Direction.NONE,
                    null,
                    host.timing().handlerMs());
            switch (host.door().offer(command, host.clockwork().nanoTime(), true)) {
                case TAKEN -> {}
                case BUSY -> ends(Answer.ASK_AGAIN);
                case GONE -> ends(Answer.ILL);
            }
        }

        /** Who is gone is not waited for. */
        boolean isOpen() {
            return answer == Answer.ASK_AGAIN && !addressee.isGone();
        }

        @Override
        public void ended(Command ended) {
            ends(judge(ended));
        }

        @Override
        public void abandoned(Command abandoned) {
            ends(Answer.ILL);
        }

        private void ends(Answer how) {
            synchronized (ReadyCheck.this) {
                answer = how;
                underWay = false;
                ReadyCheck.this.notifyAll();
            }
        }

        /** A unit that has an attention to tell of, or no medium, answers; one that is becoming ready will. */
        private Answer judge(Command ended) {
            Optional<SenseData> sense = ended.senseData();
            Disposition then = Disposition.of(ended.hostByte(), ended.status(), sense, 0, host.isRemovable(unit));
            host.heard(unit, then.effect());
            boolean tells = ended.hostByte() == HostByte.OK
                    && sense.filter(said -> said.key() == SenseKey.UNIT_ATTENTION || said.asc() == NO_MEDIUM)
                            .isPresent();
            if (tells
                    || then.action() == Disposition.Action.DONE && then.status().ok()) {
                return Answer.WELL;
            }
            return then.action() == Disposition.Action.AGAIN ? Answer.ASK_AGAIN : Answer.ILL;
        }

        boolean giveUpUnlessWell() {
            if (command.claimLate()) {
                command.givenUp();
            }
            synchronized (ReadyCheck.this) {
                return answer == Answer.WELL;
            }
        }
    }
}
