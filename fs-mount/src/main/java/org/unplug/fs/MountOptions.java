package org.unplug.fs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How to mount. Immutable.
 *
 * @param readOnly refuse every change; a write protected disk is always mounted so
 * @param sync every change is on the medium before the call that makes it returns
 * @param flush write back as soon as a file that was written is closed, instead of within a second; nobody waits for it
 * @param resumeMs how long, in milliseconds, everything waits when the disk goes, for the same medium to come back with the content
 *     that it had; then it goes on as if nothing had been, and no write is lost. 0 not to wait. The mount is then over a disk of the
 *     driver {@code hold}, whose name it shows
 * @param accessTimes a read makes the time of the last access new, once a day for each file; otherwise reading writes nothing
 */
public record MountOptions(boolean readOnly, boolean sync, boolean flush, boolean accessTimes, long resumeMs) {

    /** Read and write; written back within a second. */
    public static final MountOptions DEFAULT = new MountOptions(false, false, false, false, 0);

    private static final String KNOWN =
            "ro, rw, sync, async, flush, noflush, atime, noatime, resume=30s, noresume, defaults";
    private static final Pattern RESUME = Pattern.compile("resume=(\\d{1,5})s?");

    public MountOptions withReadOnly(boolean refuseChanges) {
        return new MountOptions(refuseChanges, sync, flush, accessTimes, resumeMs);
    }

    public MountOptions withSync(boolean atOnce) {
        return new MountOptions(readOnly, atOnce, flush, accessTimes, resumeMs);
    }

    public MountOptions withFlush(boolean soon) {
        return new MountOptions(readOnly, sync, soon, accessTimes, resumeMs);
    }

    public MountOptions withAccessTimes(boolean kept) {
        return new MountOptions(readOnly, sync, flush, kept, resumeMs);
    }

    public MountOptions withResumeMs(long wait) {
        return new MountOptions(readOnly, sync, flush, accessTimes, wait);
    }

    private MountOptions withResume(String word) {
        Matcher seconds = RESUME.matcher(word);
        if (!seconds.matches()) {
            throw new IllegalArgumentException("mount option '" + word + "': write it as resume=30s");
        }
        return withResumeMs(Long.parseLong(seconds.group(1)) * 1000);
    }

    /**
     * Reads the notation of mount -o, words separated by commas: {@code ro} {@code rw} {@code sync} {@code async} {@code flush}
     * {@code noflush} {@code atime} {@code noatime} {@code resume=30s} {@code noresume}
     * {@code defaults}; a later word wins.
     *
     * @throws IllegalArgumentException naming the word that is not known
     */
    public static MountOptions parse(String text) {
        return DEFAULT.with(text);
    }

    /** These options, changed by what the words of mount -o say; as {@link #parse}. */
    public MountOptions with(String text) {
        MountOptions options = this;
        for (String word : text.split(",", -1)) {
            options = switch (word.strip()) {
                case "ro" -> options.withReadOnly(true);
                case "rw" -> options.withReadOnly(false);
                case "sync" -> options.withSync(true);
                case "async" -> options.withSync(false);
                case "flush" -> options.withFlush(true);
                case "noflush" -> options.withFlush(false);
                case "atime" -> options.withAccessTimes(true);
                case "noatime" -> options.withAccessTimes(false);
                case "defaults" -> DEFAULT;
                case "" -> options;
                case "noresume" -> options.withResumeMs(0);
                default -> {
                    if (word.strip().startsWith("resume=")) {
                        yield options.withResume(word.strip());
                    }
                    throw new IllegalArgumentException("mount option '" + word.strip() + "': known are " + KNOWN);
                }
            };
        }
        return options;
    }

    /** In the notation of mount -o. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>(List.of(readOnly ? "ro" : "rw"));
        if (sync) {
            words.add("sync");
        }
        if (flush) {
            words.add("flush");
        }
        if (accessTimes) {
            words.add("atime");
        }
        if (resumeMs > 0) {
            words.add("resume=" + resumeMs / 1000 + "s");
        }
        return String.join(",", words);
    }
}
