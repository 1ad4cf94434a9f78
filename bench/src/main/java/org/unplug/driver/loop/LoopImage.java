package org.unplug.driver.loop;

import java.io.IOException;
import java.nio.file.Path;
import org.unplug.bench.BenchLayer;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;

/** An image file as a disk by the loop driver, as its component makes one. */
public final class LoopImage implements AutoCloseable {
    private final LoopDriver driver;
    private final Gendisk disk;

    public LoopImage(BenchLayer layer, Path file) throws IOException {
        Image image = Image.open(file, false, Image.IfProtected.FAIL, 512);
        driver = new LoopDriver(image, layer.clockwork(), LoopDriver.DEFAULT_WORKERS);
        disk = layer.add(driver.spec("loop"), driver);
    }

    public Gendisk disk() {
        return disk;
    }

    @Override
    public void close() {
        disk.remove(Removal.ORDERLY);
        driver.close();
    }
}
