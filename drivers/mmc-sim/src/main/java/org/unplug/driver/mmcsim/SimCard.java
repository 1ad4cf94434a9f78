package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.CardType;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.ref.Clockwork;

/**
 * An SD or MMC card: a controller that does what its {@link CommandSet} says, before some cells (SD Physical Layer, figures 4-2,
 * 4-13 and table 4-35; eMMC, section 6). What is not legal where it stands, or arrives damaged, is not answered and reported with
 * the next status.
 *
 * <p>Commands, power and data come on different threads but never at once, except for {@link #pull}: the protocol is guarded by
 * the monitor, the cells by one of their own.
 */
final class SimCard {

    private final Identity identity;
    private final Cells cells;
    private final Chip chip;
    private final CommandSet commands;
    private boolean powered;
    private MmcIos driven = MmcIos.OFF;

    private SimCard(Identity identity, Cells cells, Guard guard, Clockwork clockwork) {
        this.identity = identity;
        this.cells = cells;
        this.chip = new Chip(identity, cells, guard, clockwork);
        this.commands = identity.type().isSd() ? CommandSet.SD : CommandSet.MMC;
    }

    /**
     * Makes a card.
     *
     * @throws IOException in one line: what is wrong with its image or its size
     */
    static SimCard open(CardSpec spec, Clockwork clockwork) throws IOException {
        List<Media> areas = new ArrayList<>();
        try {
            areas.add(
                    spec.image() == null
                            ? new MemoryMedia(spec.bytes())
                            : FileMedia.open(spec.image(), spec.bytes(), spec.readOnly()));
            Identity identity = Identity.of(spec, areas.get(0).bytes());
            boolean managed = identity.type() == CardType.EMMC;
            if (managed) {
                areas.add(boot(spec, 0));
                areas.add(boot(spec, 1));
            }
            Cells cells = new Cells(areas, identity.capacityBytes(), managed ? Identity.CACHE_BLOCKS : 0);
            return new SimCard(identity, cells, new Guard(identity), clockwork);
        } catch (IOException e) {
            for (Media area : areas) {
                area.close();
            }
            throw e;
        }
    }

    /**
     * This card once more, after it was pulled: with its content, its protection and its password.
     *
     * @throws IOException in one line: what is wrong with its image by now
     */
    SimCard again(Clockwork clockwork) throws IOException {
        Cells content;
        if (spec().image() == null) {
            content = cells.again();
        } else {
            SimCard opened = open(spec(), clockwork);
            if (opened.capacityBytes() != capacityBytes()) {
                return opened;
            }
            content = opened.cells;
        }
        synchronized (this) {
            return new SimCard(identity, content, new Guard(chip.guard), clockwork);
        }
    }

    private static Media boot(CardSpec spec, int number) throws IOException {
        if (spec.image() == null) {
            return new MemoryMedia(Identity.BOOT_BYTES);
        }
        Path file = Path.of(spec.image() + ".boot" + number);
        if (spec.readOnly() && !Files.exists(file)) {
            return new MemoryMedia(Identity.BOOT_BYTES);
        }
        return FileMedia.open(file, Identity.BOOT_BYTES, spec.readOnly());
    }

    CardSpec spec() {
        return identity.spec();
    }

    CardType type() {
        return identity.type();
    }

    long capacityBytes() {
        return identity.capacityBytes();
    }

    synchronized CardState state() {
        chip.settle();
        return chip.state;
    }

    /** Whether a command costs no more than the copying. */
    boolean isPrompt() {
        return cells.isMemory() && spec().latencyMicros() == 0 && spec().programMicros() == 0;
    }

    /** Blocks in the volatile cache. */
    int cachedBlocks() {
        return cells.cachedBlocks();
    }

    /** Supply came or went; the card forgets where it stood, and what it had not programmed. */
    synchronized void power(boolean on) {
        if (powered == on) {
            return;
        }
        powered = on;
        cells.powerCut();
        chip.power();
        if (on) {
            chip.guard.powerUp();
        }
    }

    /** The host drives the lines in this way; power is told of by itself. */
    synchronized void driven(MmcIos ios) {
        driven = ios;
        chip.lines.driven(ios);
    }

    /** Whether data gets through the lines as they are driven, sampled at that point. */
    synchronized boolean isClear(int samplingPoint) {
        boolean sampled = !driven.timing().isTuned()
                || (samplingPoint >= identity.firstGoodPoint()
                        && samplingPoint < identity.firstGoodPoint() + Identity.GOOD_POINTS);
        return sampled && chip.lines.fits(driven, chip.widthBits);
    }

    /** The next change of voltage does not come to its end. */
    synchronized void holdLines() {
        chip.lines.getStuck();
    }

    /** Taken out: nothing touches the cells any more when this returns. */
    void pull() throws IOException {
        cells.pull();
    }

    /** Whether it holds the data line: programming is under way, or a change of voltage. */
    synchronized boolean isBusy() {
        chip.settle();
        return powered && (chip.state == CardState.PRG || chip.lines.isLow());
    }

    /**
     * Takes a command as it came over the line.
     *
     * @return the response; TIMEOUT if the card gives none
     */
    synchronized MmcResponse command(MmcCommand command, long frame) {
        if (!powered || !chip.lines.hears(driven)) {
            return chip.silent();
        }
        chip.settle();
        if (!Crc.isIntact(frame)) {
            chip.errors |= CardStatus.COM_CRC_ERROR;
            return chip.silent();
        }
        int opcode = command.opcode();
        boolean app = chip.appCommand && commands.hasApp(opcode);
        chip.appCommand = false;
        CommandSet.Rule rule = commands.rule(opcode, app);
        boolean legal =
                rule != null && rule.legal().contains(chip.state) && (rule.whileLocked() || !chip.guard.isLocked());
        if (!legal) {
            return chip.illegal();
        }
        if (opcode != 18 && opcode != 25) {
            chip.blockCount = 0;
        }
        chip.dataCommand = opcode;
        return rule.effect().on(chip, command.argument());
    }

    /** Puts a bit into the next status, as a card that stumbles does. */
    synchronized void stumble() {
        chip.errors |= CardStatus.ERROR;
    }

    /** Whether the card waits for, or has, the data of the command before. */
    synchronized boolean hasData(boolean write) {
        return powered && chip.state == (write ? CardState.RCV : CardState.DATA);
    }

    /** Moves the data of the command before, as long as told to go on. On the adapter's thread, after {@link #hasData}. */
    void transfer(MmcData data, FaultPlan faults, BooleanSupplier goesOn) {
        new DataPhase(this, chip, faults, spec().checksums()).run(data, goesOn);
    }
}
