package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.unplug.block.Disk;
import org.unplug.mmc.MmcCard;

/** A card in a slot of mmc-sim. */
public final class MmcSide implements Side {

    private static final String SLOTS = "org.unplug.mmc.sim.MmcSlots";
    private static final String CARD_SPEC = "org.unplug.mmc.sim.CardSpec";
    private static final String SLOT = "lab";

    private final World world;
    private final Path image;
    private final long latencyMicros;

    /** The parts of the driver's SlotCounters that are used. */
    public interface SlotCounters {
        long callsInside();

        long callsInsideAtStop();

        long callsAfterStop();

        long bytesRead();

        long bytesWritten();
    }

    public MmcSide(World world, Path image, long latencyMicros) {
        this.world = world;
        this.image = image;
        this.latencyMicros = latencyMicros;
    }

    @Override
    public String title() {
        return "MMC";
    }

    @Override
    public Path image() {
        return image;
    }

    @Override
    public String driver() {
        return "org.unplug.driver-mmc-sim";
    }

    @Override
    public String core() {
        return "org.unplug.mmc-host";
    }

    @Override
    public String adapterType() {
        return "org.unplug.mmc.spi.MmcHost";
    }

    @Override
    public List<String> driverMarks() {
        return List.of("mmc-sim", "mmcsim", "org.unplug.mmc.sim.");
    }

    private Object slots() throws IOException {
        return world.service(SLOTS, null);
    }

    @Override
    public void insert() throws IOException {
        Object slots = slots();
        try {
            for (Object status : (List<?>) Duck.call(slots, "list")) {
                if (SLOT.equals(Duck.call(status, "slot")) && !(boolean) Duck.call(status, "isEmpty")) {
                    Duck.call(slots, "yank", SLOT);
                }
            }
            Object card = Duck.callStatic(slots, CARD_SPEC, "image", image);
            Duck.call(slots, "insert", SLOT, Duck.call(card, "withLatencyMicros", latencyMicros));
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("mmc-sim: insert: " + e, e);
        }
    }

    @Override
    public void yank() throws IOException {
        try {
            Duck.call(slots(), "yank", SLOT);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("mmc-sim: yank: " + e, e);
        }
    }

    private Optional<MmcCard> card() {
        return world.find(MmcCard.class.getName(), "(" + MmcCard.SLOT + "=" + SLOT + ")")
                .map(MmcCard.class::cast);
    }

    @Override
    public Disk awaitDisk(long afterEpoch) throws IOException {
        return world.await(
                        () -> card().flatMap(card ->
                                        world.find(Disk.class.getName(), "(" + Disk.NAME + "=" + card.disk() + ")"))
                                .map(Disk.class::cast)
                                .filter(disk -> disk.info().epoch() > afterEpoch),
                        10_000)
                .orElseThrow(() -> new IOException("MMC: the card in slot " + SLOT + " did not come up within 10 s"));
    }

    @Override
    public Remover remover() throws IOException {
        MmcCard card = card().orElseThrow(() -> new IOException("MMC: no card in slot " + SLOT));
        return card::eject;
    }

    @Override
    public DriverCounters counters() throws IOException {
        try {
            SlotCounters slot = Duck.as(SlotCounters.class, Duck.call(slots(), "counters", SLOT));
            return new DriverCounters() {
                @Override
                public long insideAtStop() {
                    return slot.callsInsideAtStop();
                }

                @Override
                public long afterStop() {
                    return slot.callsAfterStop();
                }

                @Override
                public long inside() {
                    return slot.callsInside();
                }

                @Override
                public long moved() {
                    return slot.bytesRead() + slot.bytesWritten();
                }

                @Override
                public String unit() {
                    return "bytes moved";
                }
            };
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("mmc-sim: counters: " + e, e);
        }
    }
}
