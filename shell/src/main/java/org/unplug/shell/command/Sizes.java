package org.unplug.shell.command;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as a person types them: 512, 64k, 64M, 2GiB; powers of 1024. */
final class Sizes {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(?:([kmgt])(?:ib|b)?|b)?");

    private Sizes() {}

    /** @throws CommandException if it is no size, or more than a file can have */
    static long parse(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw new CommandException(text + ": no size; write it as 512, 64K, 64M or 2G");
        }
        int shift = size.group(2) == null ? 0 : 10 * ("kmgt".indexOf(size.group(2)) + 1);
        long number = Long.parseLong(size.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new CommandException(text + ": too large");
        }
        return number << shift;
    }
}
