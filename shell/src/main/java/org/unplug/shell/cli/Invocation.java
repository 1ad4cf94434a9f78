package org.unplug.shell.cli;

import java.util.List;

/**
 * What the command line asks for.
 *
 * @param mode what to do
 * @param text the script's file, the command text, or the name of the command to call
 * @param arguments those that follow
 * @param echo show each script command before it runs
 */
record Invocation(Mode mode, String text, List<String> arguments, boolean echo) {

    enum Mode {
        /** A console, or standard input as a script where it is no terminal. */
        CONSOLE,
        /** A script file; "-" is standard input. */
        RUN,
        /** A command text. */
        COMMAND,
        /** One command with arguments as they are; its integer result is the status. */
        CALL
    }

    /** The status for a command line that makes no sense. */
    static final int USAGE = 2;

    /** @throws IllegalArgumentException saying what is wrong, for a person */
    static Invocation parse(List<String> arguments) {
        if (arguments.isEmpty()) {
            return new Invocation(Mode.CONSOLE, "", List.of(), false);
        }
        List<String> rest = arguments.subList(1, arguments.size());
        return switch (arguments.get(0)) {
            case "run" -> script(rest);
            case "-c" -> {
                if (rest.size() != 1) {
                    throw new IllegalArgumentException("-c: takes one argument, the commands");
                }
                yield new Invocation(Mode.COMMAND, rest.get(0), List.of(), false);
            }
            case "compare" -> new Invocation(Mode.CALL, "lab:compare", List.copyOf(rest), false);
            default -> throw new IllegalArgumentException(arguments.get(0) + ": no such subcommand");
        };
    }

    private static Invocation script(List<String> arguments) {
        boolean echo = !arguments.isEmpty() && arguments.get(0).equals("-x");
        List<String> script = echo ? arguments.subList(1, arguments.size()) : arguments;
        if (script.isEmpty()) {
            throw new IllegalArgumentException("run: which file?");
        }
        return new Invocation(Mode.RUN, script.get(0), List.copyOf(script.subList(1, script.size())), echo);
    }
}
