package org.unplug.scsi.stranger;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.testing.AdapterRemovalContract;
import org.unplug.block.testing.AdapterStack;
import org.unplug.block.testing.AdapterStack.Tally;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.scsi.stranger.Shelf.Cartridge;
import org.unplug.scsi.testing.AdapterKit;
import org.unplug.scsi.testing.ScsiStack;

/** The removal tests that every bus core passes, for a stranger's adapter. */
@Timeout(1200)
class ShelfRemovalTest extends AdapterRemovalContract {

    private static final int TRAY = 2;
    private static final int BYTES = 4 << 20;

    private final Map<Integer, Cartridge> cartridges = new ConcurrentHashMap<>();

    @Override
    protected AdapterStack assemble(FlatBlockLayer over, Clockwork clock) {
        return new ScsiStack(over, clock, () -> new ShelfKit(clock));
    }

    private final class ShelfKit implements AdapterKit {
        private final Shelf shelf;
        private long insideAtStop = -1;
        private long callsAtStop;

        ShelfKit(Clockwork clock) {
            shelf = new Shelf(work -> clock.execute("shelf", work));
        }

        @Override
        public ScsiHost host() {
            return shelf;
        }

        @Override
        public void insert(int number) {
            shelf.insert(TRAY, cartridges.computeIfAbsent(number, fresh -> new Cartridge(new byte[BYTES])));
        }

        @Override
        public void yank() {
            shelf.takeOut(TRAY);
        }

        @Override
        public byte[] peek(int number, int offsetBytes, int bytes) {
            return Arrays.copyOfRange(cartridges.get(number).bytes(), offsetBytes, offsetBytes + bytes);
        }

        @Override
        public void unregistered() {
            insideAtStop = shelf.inside.get();
            callsAtStop = shelf.calls.get();
            shelf.takeOut(TRAY);
        }

        @Override
        public Tally tally() {
            return new Tally(
                    shelf.inside.get(),
                    insideAtStop,
                    insideAtStop < 0 ? 0 : shelf.calls.get() - callsAtStop,
                    shelf.taken.get(),
                    shelf.completed.get());
        }
    }
}
