package org.unplug.lab.internal.rig;

import java.util.ArrayList;
import java.util.List;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.contract.Seen;
import org.unplug.lab.internal.load.Field;
import org.unplug.lab.internal.load.FileErrors;
import org.unplug.lab.internal.load.FileNotes;

/**
 * What was found when a disk had come back.
 *
 * @param places the stamped sectors
 * @param files the files
 * @param cleanWanted whether the file system had been clean, so that it had to be after an orderly removal
 * @param clean whether the file system on the image was marked clean
 */
record Comeback(Field.Findings places, FileNotes.Findings files, boolean cleanWanted, boolean clean) {

    private static final String ELSEWHERE = "shown by the removal itself";

    /**
     * What it says about the removal before.
     *
     * @param orderly how the disk had gone
     * @param before what was read while the disk was there
     * @param errors what the users of the files saw, or null
     * @param changed whether the image had changed after the removal
     */
    Evidence evidence(boolean orderly, Field.Findings before, FileErrors errors, boolean changed) {
        List<String> strays = new ArrayList<>(before.strays());
        strays.addAll(places.strays());
        List<String> losses = new ArrayList<>(places.losses());
        losses.addAll(files.losses());
        if (errors != null) {
            losses.addAll(errors.wrong());
        }
        Evidence none = Evidence.none(ELSEWHERE);
        return new Evidence(
                none.refusal(),
                none.ends(),
                none.quiet(),
                none.returned(),
                none.counting(),
                none.told(),
                Seen.of(new Evidence.Places(
                        before.sectors() + places.sectors(),
                        strays.size(),
                        strays.isEmpty() ? "" : strays.get(0),
                        changed)),
                Seen.of(new Evidence.Contents(
                        orderly ? "acknowledged" : "flushed",
                        files.files(),
                        bytes(),
                        losses,
                        orderly && cleanWanted,
                        clean)),
                none.answers(),
                none.isolation(),
                none.single(),
                none.left());
    }

    /** How many bytes were compared. */
    long bytes() {
        return places.sectors() * 512 + files.bytes();
    }
}
