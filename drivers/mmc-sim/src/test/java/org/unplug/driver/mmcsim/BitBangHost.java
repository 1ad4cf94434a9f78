package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.util.Set;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;

/**
 * A stranger's adapter: pins of a processor with a card at them. One data line, no clock above 20 MHz, no CMD23, no detect interrupt,
 * and everything is done inside the call, under one lock.
 */
final class BitBangHost implements MmcHost, MmcHostContract.Bench {

    private static final HostCaps CAPS =
            new HostCaps(50_000, 20_000_000, false, false, Set.of(), false, true, 128, 16, HostCaps.OCR_33);

    private final FaultPlan noFaults = new FaultPlan();
    private SimCard card;
    private boolean powered;

    @Override
    public MmcHost host() {
        return this;
    }

    @Override
    public synchronized void insert(SimCard fresh) {
        card = fresh;
        card.power(powered);
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
        return CAPS;
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
    public synchronized void setIos(MmcIos ios) {
        powered = ios.power() == MmcIos.Power.ON;
        if (card != null) {
            card.power(powered);
        }
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
