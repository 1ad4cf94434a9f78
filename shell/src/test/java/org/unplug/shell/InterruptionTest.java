package org.unplug.shell;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import org.junit.jupiter.api.Test;

class InterruptionTest {

    private final Interruption interruption = new Interruption();

    @Test
    void ask_withNobodyInside_saysSo() {
        assertFalse(interruption.ask());
    }

    @Test
    void ask_stopsWhoIsInside_withoutInterruptingTheThread() {
        try (Interruption.Stay stay = interruption.enter()) {
            assertDoesNotThrow(stay::check);
            assertTrue(interruption.ask());
            assertThrows(InterruptedIOException.class, stay::check);
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void askingOneCommand_doesNotStopTheNext() {
        try (Interruption.Stay stay = interruption.enter()) {
            interruption.ask();
            assertThrows(InterruptedIOException.class, stay::check);
        }
        try (Interruption.Stay stay = interruption.enter()) {
            assertDoesNotThrow(stay::check);
        }
        assertFalse(interruption.ask());
    }
}
