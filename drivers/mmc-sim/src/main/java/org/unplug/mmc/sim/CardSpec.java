package org.unplug.mmc.sim;

import java.nio.file.Path;
import org.unplug.mmc.CardType;

/**
 * A card to be inserted.
 *
 * <p>Capacity: that of the image, or the bytes given; a file that does not exist is made if bytes are given. A card of up to
 * 2 GiB is SDSC with CSD version 1, up to 32 GiB SDHC, above SDXC, as the specification has it, unless a type is forced. A
 * capacity that the CSD cannot say is rounded down: to 512 KiB for all but SDSC; for SDSC to the smallest power of two from
 * 2 KiB on that occurs at most 4096 times. The rest of the image is never touched.
 *
 * <p>An MMC or eMMC is made where its type is forced. An eMMC has two boot areas, kept beside the image in files that end in
 * {@code .boot0} and {@code .boot1}, a replay protected area that is listed and answers no frames, and a volatile cache of 512 KiB.
 *
 * <p>Durability: an SD card has no volatile cache; what is in an eMMC's is lost with its power. Otherwise a completed write has reached the image file through a FileChannel, so every
 * process of the machine sees it and it survives this one. It is not forced to the machine's own disk.
 *
 * @param image the file behind it, or null for memory
 * @param bytes capacity, or 0 for that of the image
 * @param readOnly write protect switch; the image is opened for reading only
 * @param latencyMicros time that each command with data takes, beside the copying
 * @param programMicros time that the card is busy with what it was written
 * @param checksums whether the CRC16 of each block on each data line is computed and compared at both ends; otherwise only of those
 *     that a fault strikes. Off it is much faster
 * @param type forced type, or null for the SD type that fits
 * @param serial number in the CID, or 0 for one derived from the image's path
 */
public record CardSpec(
        Path image,
        long bytes,
        boolean readOnly,
        long latencyMicros,
        long programMicros,
        boolean checksums,
        CardType type,
        long serial) {

    public CardSpec {
        if (image == null && bytes <= 0) {
            throw new IllegalArgumentException("a card without image needs a size");
        }
        if (bytes < 0 || latencyMicros < 0 || programMicros < 0 || serial < 0 || serial > 0xffffffffL) {
            throw new IllegalArgumentException("a card of " + bytes + " bytes, " + latencyMicros + " and "
                    + programMicros + " us, serial number " + serial);
        }
    }

    /** A card with an image file behind it. */
    public static CardSpec image(Path file) {
        return new CardSpec(file, 0, false, 0, 0, true, null, 0);
    }

    /** A card in memory, empty. */
    public static CardSpec memory(long bytes) {
        return new CardSpec(null, bytes, false, 0, 0, true, null, 0);
    }

    public CardSpec withBytes(long capacity) {
        return new CardSpec(image, capacity, readOnly, latencyMicros, programMicros, checksums, type, serial);
    }

    public CardSpec withReadOnly(boolean protect) {
        return new CardSpec(image, bytes, protect, latencyMicros, programMicros, checksums, type, serial);
    }

    public CardSpec withLatencyMicros(long micros) {
        return new CardSpec(image, bytes, readOnly, micros, programMicros, checksums, type, serial);
    }

    public CardSpec withProgramMicros(long micros) {
        return new CardSpec(image, bytes, readOnly, latencyMicros, micros, checksums, type, serial);
    }

    public CardSpec withChecksums(boolean always) {
        return new CardSpec(image, bytes, readOnly, latencyMicros, programMicros, always, type, serial);
    }

    public CardSpec withType(CardType forced) {
        return new CardSpec(image, bytes, readOnly, latencyMicros, programMicros, checksums, forced, serial);
    }

    public CardSpec withSerial(long number) {
        return new CardSpec(image, bytes, readOnly, latencyMicros, programMicros, checksums, type, number);
    }
}
