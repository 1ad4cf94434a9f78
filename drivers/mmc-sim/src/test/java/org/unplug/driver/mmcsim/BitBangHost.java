package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.util.Set;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcIos.Timing;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;

/**
 * A stranger's adapter: pins of a processor with a card at them. No CMD23, no detect interrupt, and everything is done inside the call,
 * under one lock. Either with one data line and no clock above 20 MHz; or with four and level shifters, for cards at 1.8 V, but
 * with one sampling point only, so that a tuning is a command like another.
 */
final class BitBangHost implements MmcHost, MmcHostContract.Bench {

    static final HostCaps PLAIN =
            new HostCaps(50_000, 20_000_000, false, false, Set.of(), false, true, 128, 16, HostCaps.OCR_33);

    static final HostCaps SHIFTED =
            PLAIN.withLines(4).withTimings(100_000_000, Set.of(Timing.HIGH_SPEED, Timing.SDR25, Timing.SDR50));

    private final HostCaps caps;
    private final FaultPlan noFaults = new FaultPlan();
    private SimCard card;
    private MmcIos ios = MmcIos.OFF;

    BitBangHost(HostCaps caps) {
        this.caps = caps;
    }

    @Override
    public MmcHost host() {
        return this;
    }

    @Override
    public synchronized void insert(SimCard fresh) {
        card = fresh;
        drive();
    }

    private void drive() {
        card.power(ios.power() == MmcIos.Power.ON);
        card.driven(ios);
    }

    @Override
    public SimCard yank() throws IOException {
        SimCard taken;
        synchronized (this) {
            taken = card;
            card = null;
        }
        if (taken != null) {
            taken.pull();
        }
        return taken;
    }

    @Override
    public void close() throws IOException {
        yank();
    }

    @Override
    public void start(HostEvents events) {}

    @Override
    public void stop() {}

    @Override
    public HostCaps caps() {
        return caps;
    }

    @Override
    public void request(MmcRequest request) {
        boolean gone;
        synchronized (this) {
            gone = card == null || !perform(request);
        }
        if (gone) {
            request.fail(MmcError.NO_MEDIUM);
        } else {
            request.complete();
        }
    }

    /** Whether the card was there all the time. */
    private boolean perform(MmcRequest request) {
        boolean went = request.sbc() == null || send(request.sbc());
        went = went && send(request.cmd());
        if (went && request.data() != null) {
            if (card.hasData(request.data().isWrite())) {
                card.transfer(request.data(), noFaults, () -> true);
            } else {
                request.data().transferred(0, MmcError.TIMEOUT);
            }
            if (request.stop() != null) {
                send(request.stop());
            }
        }
        return request.data() == null || request.data().error() != MmcError.NO_MEDIUM;
    }

    private boolean send(MmcCommand command) {
        MmcResponse answer = card.command(command, Crc.frame(true, command.opcode(), command.argument()));
        command.respond(command.type() == ResponseType.NONE ? MmcResponse.SENT : answer);
        return command.error() == MmcError.NONE;
    }

    @Override
    public void cancel(MmcRequest request) {}

    @Override
    public synchronized void setIos(MmcIos wanted) {
        ios = wanted;
        if (card != null) {
            drive();
        }
    }

    @Override
    public synchronized boolean isCardBusy() {
        return card != null && card.isBusy();
    }

    @Override
    public synchronized boolean isCardPresent() {
        return card != null;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }
}
