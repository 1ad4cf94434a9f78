package org.unplug.shell.cli;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.felix.service.command.CommandSession;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.unplug.shell.command.Names;
import org.unplug.shell.command.Signature;

/** Completes command names, options, and the names that a command's parameter says it takes. */
final class NameCompleter implements Completer {

    private final BundleContext context;
    private final CommandSession session;

    NameCompleter(BundleContext context, CommandSession session) {
        this.context = context;
        this.session = session;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        String typed = line.word().substring(0, line.wordCursor());
        if (line.wordIndex() == 0) {
            commands().forEach(name -> candidates.add(new Candidate(name)));
            return;
        }
        for (Signature signature : Signature.find(context, line.words().get(0))) {
            if (typed.startsWith("-")) {
                signature.options().forEach(option -> candidates.add(new Candidate(option)));
            }
            List<String> before = line.words().subList(1, line.wordIndex());
            for (Names.Kind kind : signature.kindsAfter(before)) {
                names(kind, typed).forEach(name -> candidates.add(candidate(name)));
            }
        }
    }

    /** A directory is not yet the whole path: no blank after it. */
    private static Candidate candidate(String name) {
        return new Candidate(name, name, null, null, null, null, !name.endsWith("/") && !name.endsWith(":"));
    }

    @SuppressWarnings("unchecked")
    private Set<String> commands() {
        Set<String> bare = new TreeSet<>();
        for (String command : (Collection<String>) session.get(".commands")) {
            bare.add(command.substring(command.indexOf(':') + 1));
        }
        return bare;
    }

    private Set<String> names(Names.Kind kind, String typed) {
        Set<String> all = new TreeSet<>();
        try {
            for (ServiceReference<Names> reference : context.getServiceReferences(Names.class, null)) {
                Names source = context.getService(reference);
                if (source != null) {
                    all.addAll(source.names(kind, typed));
                    context.ungetService(reference);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("there is no filter", e);
        }
        return all;
    }
}
