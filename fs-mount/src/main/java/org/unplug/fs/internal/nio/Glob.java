package org.unplug.fs.internal.nio;

import java.util.regex.PatternSyntaxException;

/** The glob syntax of {@link java.nio.file.FileSystem#getPathMatcher} as a regular expression. */
final class Glob {
    private static final String META = "\\^$.|?*+()[]{}";

    private final String glob;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private boolean inGroup;

    private Glob(String glob) {
        this.glob = glob;
    }

    static String toRegex(String glob) {
        return new Glob(glob).translate();
    }

    private String translate() {
        while (at < glob.length()) {
            char c = glob.charAt(at++);
            switch (c) {
                case '*' -> {
                    boolean twice = at < glob.length() && glob.charAt(at) == '*';
                    at += twice ? 1 : 0;
                    out.append(twice ? ".*" : "[^/]*");
                }
                case '?' -> out.append("[^/]");
                case '[' -> characters();
                case '{' -> {
                    if (inGroup) {
                        throw error("groups cannot be nested");
                    }
                    inGroup = true;
                    out.append("(?:(?:");
                }
                case '}' -> {
                    out.append(inGroup ? "))" : "\\}");
                    inGroup = false;
                }
                case ',' -> out.append(inGroup ? ")|(?:" : ",");
                case '\\' -> {
                    if (at == glob.length()) {
                        throw error("nothing follows the last \\");
                    }
                    literal(glob.charAt(at++));
                }
                default -> literal(c);
            }
        }
        if (inGroup) {
            throw error("the group is not closed");
        }
        return out.toString();
    }

    private void literal(char c) {
        if (META.indexOf(c) >= 0) {
            out.append('\\');
        }
        out.append(c);
    }

    private void characters() {
        out.append("[[^/]&&[");
        if (at < glob.length() && glob.charAt(at) == '!') {
            out.append('^');
            at++;
        }
        boolean any = false;
        while (at < glob.length()) {
            char c = glob.charAt(at++);
            if (c == ']' && any) {
                out.append("]]");
                return;
            }
            if (c == '/') {
                throw error("a class cannot contain /");
            }
            any = true;
            boolean range = c == '-' && glob.charAt(at - 2) != '[' && at < glob.length() && glob.charAt(at) != ']';
            if (range) {
                out.append('-');
            } else if (META.indexOf(c) >= 0 || c == '-' || c == '&') {
                out.append('\\').append(c);
            } else {
                out.append(c);
            }
        }
        throw error("the class is not closed");
    }

    private PatternSyntaxException error(String what) {
        return new PatternSyntaxException(what, glob, at - 1);
    }
}
