package org.unplug.fs;

/**
 * How to mount. Immutable.
 *
 * @param readOnly refuse every change; a write protected disk is always mounted so
 */
public record MountOptions(boolean readOnly) {

    /** Read and write. */
    public static final MountOptions DEFAULT = new MountOptions(false);

    public MountOptions withReadOnly(boolean refuseChanges) {
        return new MountOptions(refuseChanges);
    }

    /**
     * Reads the notation of mount -o: {@code ro}, {@code rw}, {@code defaults}, separated by commas; a later word wins.
     *
     * @throws IllegalArgumentException naming the word that is not known
     */
    public static MountOptions parse(String text) {
        MountOptions options = DEFAULT;
        for (String word : text.split(",", -1)) {
            switch (word.strip()) {
                case "ro" -> options = options.withReadOnly(true);
                case "rw" -> options = options.withReadOnly(false);
                case "", "defaults" -> {}
                default ->
                    throw new IllegalArgumentException(
                            "mount option '" + word.strip() + "': known are ro, rw, defaults");
            }
        }
        return options;
    }

    /** In the notation of mount -o. */
    @Override
    public String toString() {
        return readOnly ? "ro" : "rw";
    }
}
