package org.unplug.shell.command;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Collection;

/** Names that the console completes. A component that knows some offers this as a service; any thread may ask. */
public interface Names {

    /** What a parameter names. */
    enum Kind {
        DISK,
        DRIVER,
        PULLED,
        PLACE,
        HOST_FILE,
        COMMAND,
        LOG_LEVEL,
        LEAK_LEVEL("LEVEL"),
        MOUNT_POINT,
        FILE_SYSTEM_TYPE,
        PATH,
        SCHEDULER,
        FILTER,
        FILTER_VERB("VERB"),
        PARTITION_VERB("VERB"),
        STACK("KIND");

        private final String word;

        Kind() {
            word = name();
        }

        Kind(String word) {
            this.word = word;
        }

        /** How help writes a parameter of this kind. */
        String word() {
            return word;
        }
    }

    /** Says of a command's parameter what it names. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.PARAMETER)
    @interface Of {
        Kind[] value();
    }

    /**
     * The names of a kind that can continue what was typed.
     *
     * @param typed so far; names that do not begin with it may be left out
     */
    Collection<String> names(Kind kind, String typed);
}
