package org.unplug.shell.command;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * A command as its method declares it: description, options, parameters. Read by help and completion.
 *
 * @param name the command
 * @param method what runs
 */
public record Signature(String name, Method method) {

    /** Every overload of a command, with or without its scope; the service is not kept. */
    public static List<Signature> find(BundleContext context, String command) {
        String name = command.substring(command.indexOf(':') + 1);
        List<Signature> found = new ArrayList<>();
        for (ServiceReference<?> reference : references(context, "(" + CommandProcessor.COMMAND_FUNCTION + "=*)")) {
            if (functions(reference).contains(name)) {
                found.addAll(of(context, reference, name));
            }
        }
        return found;
    }

    /** The commands of a scope, in the order of their names. */
    public static List<Signature> inScope(BundleContext context, String scope) {
        List<Signature> found = new ArrayList<>();
        for (ServiceReference<?> reference :
                references(context, "(" + CommandProcessor.COMMAND_SCOPE + "=" + scope + ")")) {
            for (String name : functions(reference)) {
                found.addAll(of(context, reference, name));
            }
        }
        found.sort((a, b) -> a.name().compareTo(b.name()));
        return found;
    }

    /** What it does, in a sentence. */
    public String what() {
        Descriptor descriptor = method.getAnnotation(Descriptor.class);
        return descriptor == null ? "" : descriptor.value();
    }

    /** As "cp [-r] FROM TO". */
    public String usage() {
        StringBuilder text = new StringBuilder(name);
        for (Parameter parameter : method.getParameters()) {
            option(parameter)
                    .ifPresent(option -> text.append(" [")
                            .append(option.names()[0])
                            .append(takesValue(option) ? " VALUE" : "")
                            .append(']'));
        }
        for (Parameter parameter : positional()) {
            String what = word(parameter);
            text.append(' ').append(parameter.getType().isArray() ? "[" + what + "...]" : what);
        }
        return text.toString();
    }

    /** A line for each option and parameter. */
    public List<String> details() {
        List<String> lines = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            if (parameter.getType() == CommandSession.class) {
                continue;
            }
            String left = option(parameter)
                    .map(option -> String.join(", ", option.names()))
                    .orElseGet(() -> word(parameter));
            Descriptor descriptor = parameter.getAnnotation(Descriptor.class);
            lines.add(String.format("  %-12s %s", left, descriptor == null ? "" : descriptor.value()));
        }
        return lines;
    }

    /** The names of its options. */
    public List<String> options() {
        return Arrays.stream(method.getParameters())
                .map(Signature::option)
                .flatMap(Optional::stream)
                .flatMap(option -> Arrays.stream(option.names()))
                .toList();
    }

    /** What the next word names, given the words between the command and it; empty where it is not a name. */
    public List<Names.Kind> kindsAfter(List<String> before) {
        int position = 0;
        for (int i = 0; i < before.size(); i++) {
            String word = before.get(i);
            Optional<Parameter> option = Arrays.stream(method.getParameters())
                    .filter(p -> option(p)
                            .map(o -> List.of(o.names()).contains(word))
                            .orElse(false))
                    .findFirst();
            if (option.isEmpty()) {
                position++;
            } else if (takesValue(option(option.get()).orElseThrow())) {
                if (i == before.size() - 1) {
                    return kinds(option.get());
                }
                i++;
            }
        }
        List<Parameter> positional = positional();
        if (positional.isEmpty()) {
            return List.of();
        }
        Parameter last = positional.get(positional.size() - 1);
        if (position >= positional.size()) {
            return last.getType().isArray() ? kinds(last) : List.of();
        }
        return kinds(positional.get(position));
    }

    private List<Parameter> positional() {
        return Arrays.stream(method.getParameters())
                .filter(p -> p.getType() != CommandSession.class && option(p).isEmpty())
                .toList();
    }

    private static List<Names.Kind> kinds(Parameter parameter) {
        Names.Of of = parameter.getAnnotation(Names.Of.class);
        return of == null ? List.of() : List.of(of.value());
    }

    private static String word(Parameter parameter) {
        List<Names.Kind> kinds = kinds(parameter);
        return kinds.isEmpty()
                ? parameter.getName().toUpperCase(java.util.Locale.ROOT)
                : kinds.get(0).word();
    }

    private static Optional<org.apache.felix.service.command.Parameter> option(Parameter parameter) {
        Annotation own = parameter.getAnnotation(org.apache.felix.service.command.Parameter.class);
        return Optional.ofNullable((org.apache.felix.service.command.Parameter) own);
    }

    private static boolean takesValue(org.apache.felix.service.command.Parameter option) {
        return option.presentValue().equals(org.apache.felix.service.command.Parameter.UNSPECIFIED);
    }

    private static List<Signature> of(BundleContext context, ServiceReference<?> reference, String name) {
        Object commands = context.getService(reference);
        if (commands == null) {
            return List.of();
        }
        try {
            return Arrays.stream(commands.getClass().getMethods())
                    .filter(method -> method.getName().equalsIgnoreCase(name))
                    .map(method -> new Signature(name, method))
                    .toList();
        } finally {
            context.ungetService(reference);
        }
    }

    private static List<String> functions(ServiceReference<?> reference) {
        Object functions = reference.getProperty(CommandProcessor.COMMAND_FUNCTION);
        if (functions instanceof String[] several) {
            return List.of(several);
        }
        if (functions instanceof Collection<?> several) {
            return several.stream().map(String::valueOf).toList();
        }
        return functions instanceof String one ? List.of(one) : List.of();
    }

    private static List<ServiceReference<?>> references(BundleContext context, String filter) {
        try {
            ServiceReference<?>[] references = context.getAllServiceReferences(null, filter);
            return references == null ? List.of() : List.of(references);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter, e);
        }
    }
}
