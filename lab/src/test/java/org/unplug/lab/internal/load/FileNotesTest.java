package org.unplug.lab.internal.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileNotesTest {

    private static final int BYTES = 3000;

    @TempDir
    Path directory;

    private final FileSystem fileSystem = FileSystems.getDefault();
    private final FileNotes notes = new FileNotes(5);

    private FileNotes.Note file(int acknowledged, int durable) throws IOException {
        FileNotes.Note note = notes.begin(directory.toString());
        note.asked = BYTES;
        note.acknowledged = acknowledged;
        note.durable = durable;
        note.closed = true;
        write(note, BYTES);
        return note;
    }

    private void write(FileNotes.Note note, int bytes) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(bytes);
        notes.content(note, 0, content);
        Files.write(Path.of(note.path), content.array());
    }

    private List<String> losses(boolean orderly) throws IOException {
        return notes.settle(fileSystem, orderly).losses();
    }

    @Test
    void settle_whatWasAcknowledgedIsThere_noLoss() throws IOException {
        file(BYTES, BYTES);
        FileNotes.Findings findings = notes.settle(fileSystem, true);
        assertEquals(new FileNotes.Findings(1, BYTES, List.of()), findings);
    }

    @Test
    void settle_aByteDiffers_isALoss() throws IOException {
        FileNotes.Note note = file(BYTES, BYTES);
        byte[] content = Files.readAllBytes(Path.of(note.path));
        content[1234]++;
        Files.write(Path.of(note.path), content);
        assertTrue(losses(true).get(0).contains("differs at byte 1234"));
    }

    @Test
    void settle_shorterThanAcknowledged_isALossOnlyInOrder() throws IOException {
        FileNotes.Note note = file(BYTES, 1000);
        write(note, 1500);
        assertEquals(1, losses(true).size());
        FileNotes.Note second = file(BYTES, 1000);
        write(second, 1500);
        assertEquals(List.of(), losses(false));
    }

    @Test
    void settle_shorterThanDurable_isALossAlsoAfterASurprise() throws IOException {
        FileNotes.Note note = file(BYTES, 2000);
        write(note, 1999);
        assertEquals(1, losses(false).size());
    }

    @Test
    void settle_absent_isALossIfSomethingWasKept() throws IOException {
        Files.delete(Path.of(file(BYTES, 0).path));
        assertEquals(List.of(), losses(false));
        assertEquals(1, losses(true).size());
    }

    @Test
    void settle_deletedFileIsThere_isALossInOrder() throws IOException {
        file(BYTES, BYTES).deleting = true;
        assertEquals(List.of(), losses(true));
        FileNotes.Note note = file(BYTES, BYTES);
        note.deleting = true;
        note.deleted = true;
        assertEquals(1, losses(true).size());
    }

    @Test
    void settle_longerThanEverAsked_isALoss() throws IOException {
        FileNotes.Note note = file(BYTES, BYTES);
        write(note, BYTES + 1);
        assertEquals(1, losses(true).size());
    }

    @Test
    void settle_whatIsThereAndCannotBeRead_isALoss_thoughNothingOfItWasKept() throws IOException {
        FileNotes.Note note = file(0, 0);
        note.asked = 1 << 20;
        Files.delete(Path.of(note.path));
        // Can be opened, and not read.
        Files.createDirectory(Path.of(note.path));
        List<String> losses = losses(false);
        assertEquals(1, losses.size(), losses.toString());
        assertTrue(losses.get(0).contains("cannot be read, 0 bytes were kept"), losses.get(0));
    }

    @Test
    void clear_leavesTheRoomToTheNextLoad() throws IOException {
        FileNotes.Note note = file(BYTES, BYTES);
        assertEquals(List.of(), losses(true));
        assertEquals(List.of(), notes.clear(fileSystem));
        assertFalse(Files.exists(Path.of(note.path)));
    }
}
