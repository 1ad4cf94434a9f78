package org.unplug.lab.internal.cli;

import java.nio.file.Path;
import java.util.List;
import org.unplug.lab.internal.rig.Plan;

/**
 * The options of {@code compare}.
 *
 * @param plan what to do
 * @param out the directory for page, text and data
 * @param protocols where the explorer has written of the protocols of the past, or null
 */
public record Options(Plan plan, Path out, Path protocols) {

    public static final String USAGE = """
            usage: compare [--seed N] [--rounds N] [--shuffle] [--soak N] [--out DIR] [--no-past]
              --seed N    makes the choices of an earlier run again
              --rounds N  rapid removals and returns on each side (default 100)
              --shuffle   the stop scenario stops driver, bus core and fs-mount in a shuffled order
              --soak N    only N removals in a row, light verification, figures every 1000
              --out DIR   where index.html, report.md and compare.json go (default target/compare)
              --no-past   without the protocols of the past, which ./unplug compare explores first
            Exit status: 0 if every line that could be observed holds, 1 if one is broken, 2 if the arguments make no sense.
            """;

    private static final int DEFAULT_ROUNDS = 100;

    /** For the launcher, which has something long to do before {@code compare}: ends with status 1 if they make no sense. */
    public static void main(String[] arguments) {
        try {
            parse(List.of(arguments), 0);
        } catch (IllegalArgumentException nonsense) {
            System.exit(1);
        }
    }

    /**
     * @param freshSeed taken if none is given
     * @throws IllegalArgumentException one line that says what is wrong
     */
    static Options parse(List<String> arguments, long freshSeed) {
        long seed = freshSeed;
        int rounds = DEFAULT_ROUNDS;
        int soak = 0;
        boolean shuffle = false;
        Path out = Path.of("target", "compare");
        Path protocols = null;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--shuffle" -> shuffle = true;
                case "--seed" -> seed = number(option, arguments, ++i, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--rounds" -> rounds = (int) number(option, arguments, ++i, 0, 1_000_000);
                case "--soak" -> soak = (int) number(option, arguments, ++i, 1, 100_000_000);
                case "--out" -> out = Path.of(value(option, arguments, ++i));
                case "--no-past" -> protocols = null;
                // Given by the launcher, before what a person gave.
                case "--protocols" ->
                    protocols = Path.of(value(option, arguments, ++i)).toAbsolutePath();
                default ->
                    throw new IllegalArgumentException("no option " + option
                            + "; there are --seed, --rounds, --shuffle, --soak, --out, --no-past");
            }
        }
        return new Options(new Plan(seed, rounds, shuffle, soak), out.toAbsolutePath(), protocols);
    }

    private static String value(String option, List<String> arguments, int at) {
        if (at >= arguments.size()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return arguments.get(at);
    }

    private static long number(String option, List<String> arguments, int at, long least, long most) {
        String text = value(option, arguments, at);
        try {
            long number = Long.parseLong(text);
            if (number < least || number > most) {
                throw new IllegalArgumentException(option + " " + text + ": must be from " + least + " to " + most);
            }
            return number;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " " + text + ": must be a number", e);
        }
    }
}
