package org.unplug.lab.museum.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** Reads the four primary entries of a master boot record (offset 446, 16 bytes each: type at 4, start at 8, length at 12). */
final class PartitionScan implements Runnable {

    private static final int TABLE = 446;
    private static final int ENTRY = 16;
    private static final int SIGNATURE = 0xAA55;

    private final Exhibit exhibit;

    PartitionScan(Exhibit exhibit) {
        this.exhibit = exhibit;
    }

    @Override
    public void run() {
        DiskInfo disk = exhibit.info();
        ByteBuffer block = ByteBuffer.allocate(disk.logicalBlockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        try (DiskHandle handle = exhibit.whole().open(Holder.named("partition scan"), OpenMode.READ)) {
            handle.read(0, block);
        } catch (IOException unreadable) {
            return;
        }
        if ((block.getShort(510) & 0xFFFF) != SIGNATURE || !looksLikeTable(block)) {
            return;
        }
        for (int number = 1; number <= 4; number++) {
            int at = TABLE + (number - 1) * ENTRY;
            long start = block.getInt(at + 8) & 0xFFFF_FFFFL;
            long sectors = block.getInt(at + 12) & 0xFFFF_FFFFL;
            if (block.get(at + 4) != 0 && start > 0 && sectors > 0 && start + sectors <= disk.capacitySectors()) {
                exhibit.addPart(new Part(exhibit, partInfo(disk, number, start, sectors)));
            }
        }
    }

    /** A boot sector bears the same signature; its entries' flags are then most seldom 00 or 80 all four. */
    private static boolean looksLikeTable(ByteBuffer block) {
        for (int number = 0; number < 4; number++) {
            int flag = block.get(TABLE + number * ENTRY) & 0xFF;
            if (flag != 0 && flag != 0x80) {
                return false;
            }
        }
        return block.get(0) != (byte) 0xEB || block.getShort(11) != 512;
    }

    private static DiskInfo partInfo(DiskInfo disk, int number, long start, long sectors) {
        boolean digit = Character.isDigit(disk.name().charAt(disk.name().length() - 1));
        return new DiskInfo(
                disk.name() + (digit ? "p" : "") + number,
                disk.number() + number,
                disk.epoch(),
                sectors,
                disk.limits(),
                disk.readOnly(),
                disk.removable(),
                disk.bus(),
                disk.driver(),
                disk.model(),
                disk.serial(),
                disk.name(),
                start);
    }
}
