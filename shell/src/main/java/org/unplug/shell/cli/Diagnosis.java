package org.unplug.shell.cli;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.gogo.runtime.CommandNotFoundException;

/** What went wrong, in one line that names what and why. */
final class Diagnosis {

    private static final Pattern COERCE =
            Pattern.compile("Cannot coerce (\\w+)\\((.*?)\\) to any of .*", Pattern.DOTALL);

    private Diagnosis() {}

    /**
     * The line for a person.
     *
     * @param command the name of what failed, put in front unless the message begins with it
     */
    static String of(String command, Throwable thrown) {
        Throwable cause = unwrap(thrown);
        if (cause instanceof CommandNotFoundException missing) {
            return missing.getCommand() + ": no such command; help lists them";
        }
        String text = text(cause);
        return command.isEmpty() || text.startsWith(command + ":") ? text : command + ": " + text;
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null
                && (cause instanceof InvocationTargetException
                        || cause instanceof UndeclaredThrowableException
                        || cause instanceof UncheckedIOException
                        || cause instanceof ExecutionException)) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String text(Throwable cause) {
        String message = firstLine(cause.getMessage());
        if (cause instanceof FileSystemException failure) {
            return fileSystem(failure, message);
        }
        if (cause instanceof IllegalArgumentException && message != null) {
            Matcher coerce = COERCE.matcher(cause.getMessage());
            if (coerce.matches()) {
                return coerce.group(1) + ": these arguments do not fit; see help " + coerce.group(1);
            }
        }
        if (cause instanceof InterruptedException || cause instanceof InterruptedIOException) {
            return "interrupted";
        }
        if (message == null || message.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        // A message that is only a name (a class that is missing, an index) says nothing without its kind.
        boolean bare =
                cause instanceof LinkageError || cause instanceof IndexOutOfBoundsException || !message.contains(" ");
        return bare ? cause.getClass().getSimpleName() + ": " + message : message;
    }

    /** The classes of java.nio.file whose message is only the file's name say their reason by their type. */
    private static String fileSystem(FileSystemException failure, String message) {
        if (failure.getReason() != null || failure.getFile() == null) {
            return message == null ? failure.getClass().getSimpleName() : message;
        }
        String reason = failure instanceof NoSuchFileException
                ? "no such file or directory"
                : failure instanceof FileAlreadyExistsException
                        ? "exists already"
                        : failure instanceof DirectoryNotEmptyException
                                ? "directory not empty"
                                : failure instanceof NotDirectoryException
                                        ? "not a directory"
                                        : failure instanceof AccessDeniedException
                                                ? "access denied"
                                                : failure.getClass().getSimpleName();
        return failure.getFile() + ": " + reason;
    }

    private static String firstLine(String message) {
        return message == null ? null : message.lines().findFirst().orElse("").strip();
    }
}
