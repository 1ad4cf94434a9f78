package org.unplug.driver.nbd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.bench.BenchLayer;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.nbd.NbdUri;
import org.unplug.ref.Clockwork;

/**
 * Reads a whole disk of an NBD server by our driver: once for each line of standard input, then prints how many seconds that
 * took. {@code bench/nbd client} has it take turns with nbdcopy.
 */
public final class ReadAll implements NbdDriver.Watch {

    private static final int BIO_BYTES = 256 << 10;
    private static final int DEPTH = 32;
    private static final long MOST_SECONDS = 120;

    private final DiskHandle handle;
    private final long sectors;
    private final ByteBuffer[] buffers = new ByteBuffer[DEPTH];
    private final AtomicLong next = new AtomicLong();
    private final AtomicInteger failed = new AtomicInteger();
    private CountDownLatch running;

    private ReadAll(NbdUri uri, int connections, BenchLayer layer) throws IOException {
        Clockwork clockwork = layer.clockwork();
        Settings settings = Settings.of(uri);
        NbdDriver driver = new NbdDriver(settings, clockwork, this);
        for (int i = 0; i < connections; i++) {
            Link link = Link.connect(driver, i, settings, clockwork);
            driver.up(link);
            clockwork.execute("link " + i, link::run);
        }
        var disk = layer.add(driver.spec("nbd"), driver);
        handle = disk.open(layer.owner(), Holder.named("bench"), OpenMode.READ);
        sectors = handle.info().capacitySectors();
        Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(BIO_BYTES));
    }

    @Override
    public void lost(Link link, String why) {
        throw new IllegalStateException(why);
    }

    @Override
    public void dead() {}

    private void readAll() throws InterruptedException {
        next.set(0);
        running = new CountDownLatch(DEPTH);
        for (ByteBuffer buffer : buffers) {
            goOn(handle.newBio().onEnd(bio -> ended(bio, buffer)), buffer);
        }
        if (!running.await(MOST_SECONDS, TimeUnit.SECONDS) || failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " reads failed, " + running.getCount() + " chains go on");
        }
    }

    private void ended(Bio bio, ByteBuffer buffer) {
        if (bio.status() != BlockStatus.OK) {
            failed.incrementAndGet();
        }
        goOn(bio, buffer);
    }

    private void goOn(Bio bio, ByteBuffer buffer) {
        long sector = next.getAndAdd(BIO_BYTES / 512);
        if (sector >= sectors) {
            running.countDown();
            return;
        }
        long count = Math.min(BIO_BYTES / 512, sectors - sector);
        handle.submit(bio.read(sector, buffer.clear().limit((int) count * 512)));
    }

    public static void main(String[] args) throws Exception {
        BenchLayer layer = new BenchLayer();
        ReadAll reader = new ReadAll(NbdUri.parse(args[0]), Integer.parseInt(args[1]), layer);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (lines.readLine() != null) {
            long begin = System.nanoTime();
            reader.readAll();
            System.out.println((System.nanoTime() - begin) / 1e9);
        }
        reader.handle.close();
        // The connections end with the process.
        System.exit(0);
    }
}
