package org.unplug.block.stack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Options as a configuration gives them: numbers or their text, lists as arrays, collections or text with commas. What is
 * wrong is refused with one line that says whose option, its value, and what is accepted. Not for several threads.
 */
public final class Options {

    private final String whose;
    private final Map<String, Object> given = new TreeMap<>();
    private final Set<String> known = new TreeSet<>(Set.of("disk"));

    /** @param whose begins each message, as "delay" */
    public Options(String whose, Map<String, ?> given) {
        this.whose = whose;
        this.given.putAll(given);
    }

    private Object get(String key) {
        known.add(key);
        return given.get(key);
    }

    private IllegalArgumentException refuse(String key, String accepted) {
        return new IllegalArgumentException(
                whose + ": option " + key + " = '" + given.get(key) + "': must be " + accepted);
    }

    public String text(String key, String otherwise) {
        Object value = get(key);
        return value == null ? otherwise : value.toString().trim();
    }

    /** A whole number within bounds. */
    public long whole(String key, long otherwise, long least, long most) {
        Object value = get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.toString().trim());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw refuse(key, "a whole number from " + least + " to " + most);
        }
        throw refuse(key, "a whole number from " + least + " to " + most);
    }

    /** A number from 0 to 1. */
    public double fraction(String key, double otherwise) {
        Object value = get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            double number = Double.parseDouble(value.toString().trim());
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw refuse(key, "a number from 0 to 1");
        }
        throw refuse(key, "a number from 0 to 1");
    }

    public boolean flag(String key, boolean otherwise) {
        String text = text(key, String.valueOf(otherwise));
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw refuse(key, "true or false");
        };
    }

    public List<String> texts(String key) {
        Object value = get(key);
        List<String> all = new ArrayList<>();
        if (value instanceof Collection<?> several) {
            several.forEach(one -> all.add(String.valueOf(one).trim()));
        } else if (value instanceof Object[] several) {
            Arrays.asList(several).forEach(one -> all.add(String.valueOf(one).trim()));
        } else if (value != null) {
            all.addAll(Arrays.asList(value.toString().trim().split("\\s*,\\s*")));
        }
        all.removeIf(String::isEmpty);
        return all;
    }

    /** A constant of an enum, in any case, with - for _. */
    public <E extends Enum<E>> E one(String key, Class<E> type, E otherwise) {
        Object value = get(key);
        return value == null ? otherwise : constant(key, type, value.toString());
    }

    /** Several constants of an enum. */
    public <E extends Enum<E>> Set<E> some(String key, Class<E> type, Set<E> otherwise) {
        List<String> names = texts(key);
        if (names.isEmpty()) {
            return otherwise;
        }
        Set<E> all = EnumSet.noneOf(type);
        names.forEach(name -> all.add(constant(key, type, name)));
        return all;
    }

    private <E extends Enum<E>> E constant(String key, Class<E> type, String text) {
        String wanted = text.trim().toUpperCase(Locale.ROOT).replace('-', '_');
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(wanted)) {
                return constant;
            }
        }
        String all = Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT);
        throw refuse(key, "of " + all);
    }

    /** Call it when all options were asked for: one that nobody asked for is a mistake. Keys with a dot are the framework's. */
    public void refuseOthers() {
        for (String key : given.keySet()) {
            if (!known.contains(key) && key.indexOf('.') < 0) {
                throw new IllegalArgumentException(whose + ": no option is called " + key + "; there are " + known);
            }
        }
    }
}
