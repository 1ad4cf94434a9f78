package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.AdapterStack;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.ref.Clockwork;

/** The MMC core and a simulated slot, as the shared removal tests play with them. Cards are images in a directory. */
final class MmcStack implements AdapterStack, CoreLog {

    static final Settings SETTINGS = new Settings(5, 20, 2000, 10_000, new DiskSpec.Timeouts(20_000, 1_000, 1_000));

    private static final int CARD_BYTES = 4 << 20;
    private static final String SLOT = "slot0";

    private final CardType type;
    private final Path directory;
    private final Clockwork clockwork;
    private final MmcBus bus;
    private final List<MmcCard> cards = new CopyOnWriteArrayList<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<MmcRequest> kept = new ArrayList<>();
    private Simulator simulator;
    private Tap tap;
    private HostController controller;
    private HostController.HostRemoval removal;
    private Counters counters;
    private Moment moment = Moment.IDLE;
    private int skip;
    private int startupCommand;
    private boolean failed;

    /** Slots for cards of a type, in a directory of their own. */
    MmcStack(FlatBlockLayer layer, Clockwork clockwork, Path directory, CardType type) {
        this.type = type;
        this.directory = directory;
        this.clockwork = clockwork;
        bus = new MmcBus(
                SETTINGS,
                clockwork,
                layer,
                card -> {
                    cards.add(card);
                    return () -> cards.remove(card);
                },
                this);
        register();
    }

    @Override
    public void register() {
        simulator = new Simulator(
                clockwork,
                slot -> {
                    counters = slot.counters();
                    tap = new Tap(slot);
                    tap.before(this::isToPass);
                    controller = bus.attach(tap, slot.name());
                    return () -> removal = bus.remove(controller);
                },
                (slot, card, revision) -> {});
        simulator.open();
    }

    @Override
    public boolean unregister() {
        simulator.close();
        return removal.quiet();
    }

    private Path image(int number) {
        return directory.resolve("card" + number + ".img");
    }

    @Override
    public void insert(int number) throws IOException {
        // One name, one serial number, one size: only the insertion tells one card from another.
        simulator.insert(
                SLOT,
                CardSpec.image(image(number))
                        .withBytes(CARD_BYTES)
                        .withType(type)
                        .withSerial(7));
    }

    @Override
    public void yank() throws IOException {
        simulator.yank(SLOT);
        // An adapter that sees its card go ends what the card has not answered.
        answerKept(MmcError.NO_MEDIUM);
    }

    @Override
    public RemovalReport eject() throws IOException {
        List<MmcCard> now = new ArrayList<>(cards);
        if (now.isEmpty()) {
            throw new IOException("there is no card that was started");
        }
        return now.get(0).eject();
    }

    @Override
    public void standAt(Moment wanted) {
        if (wanted == Moment.BUSY) {
            injectStuck();
            return;
        }
        keepAt(wanted);
    }

    private void injectStuck() {
        try {
            simulator.inject(SLOT, CardFault.next(CardFault.Kind.STUCK_PRG));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From CMD0 to the last command before the disk is added. */
    private int startupCommands() {
        return switch (type) {
            case EMMC -> 25;
            case SDHC -> 23;
            default -> 21;
        };
    }

    private synchronized void keepAt(Moment wanted) {
        moment = wanted;
        failed = false;
        // Each time at the next command, so that many rounds come by all of them.
        skip = wanted == Moment.STARTING ? startupCommand++ % startupCommands() : 0;
    }

    @Override
    public boolean stands() {
        if (simulator.list().stream().anyMatch(slot -> slot.state() == CardState.PRG)) {
            return true;
        }
        synchronized (this) {
            return !kept.isEmpty();
        }
    }

    private synchronized boolean isToPass(MmcRequest request) {
        boolean write = request.data() != null && request.data().isWrite();
        boolean read = request.cmd().opcode() == 17 || request.cmd().opcode() == 18;
        boolean status = request.cmd().opcode() == 13 && tap.isCardPresent();
        boolean keep = switch (moment) {
            case STARTING -> skip-- == 0;
            case APPEARING, READING -> read;
            case WRITING -> write;
            case RESCANNING -> status;
            case RECOVERING -> failed && status;
            case BUSY, IDLE -> false;
        };
        if (keep) {
            moment = Moment.IDLE;
            kept.add(request);
            return false;
        }
        if (write && moment == Moment.RECOVERING) {
            failed = true;
            request.data().transferred(0, MmcError.CRC);
            answer(request, CardStatus.of(CardState.TRAN, 0));
            return false;
        }
        return true;
    }

    /** From another thread, since the core gives requests from inside of completions. */
    private void answer(MmcRequest request, CardStatus status) {
        request.cmd().respond(MmcResponse.word(status.bits()));
        if (request.sbc() != null) {
            request.sbc().respond(MmcResponse.word(status.bits()));
        }
        clockwork.execute("answer", request::complete);
    }

    @Override
    public void goOn() {
        synchronized (this) {
            moment = Moment.IDLE;
        }
        answerKept(MmcError.TIMEOUT);
    }

    private void answerKept(MmcError error) {
        List<MmcRequest> now;
        synchronized (this) {
            now = new ArrayList<>(kept);
            kept.clear();
        }
        now.forEach(request -> request.fail(error));
    }

    @Override
    public void lookAgain() {
        controller.cardChanged();
    }

    @Override
    public String disk() {
        List<MmcCard> now = new ArrayList<>(cards);
        return now.isEmpty() ? null : now.get(0).disk();
    }

    @Override
    public byte[] peek(int number, int offsetBytes, int bytes) throws IOException {
        return Arrays.copyOfRange(Files.readAllBytes(image(number)), offsetBytes, offsetBytes + bytes);
    }

    @Override
    public Tally tally() {
        return new Tally(
                counters.callsInside(),
                counters.callsInsideAtStop(),
                counters.callsAfterStop(),
                counters.requests(),
                counters.completed());
    }

    @Override
    public long deadlineMs() {
        return SETTINGS.disk().syncMs() + SETTINGS.disk().drainMs() + SETTINGS.quietMs() + 500;
    }

    @Override
    public void close() {
        simulator.close();
    }

    @Override
    public void info(String line) {
        log.add(line);
    }

    @Override
    public void warn(String line) {
        log.add(line);
    }

    @Override
    public String toString() {
        return log.toString();
    }
}
