package org.unplug.shell.table;

import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

/**
 * Shows records as a person wants to read them: as a table, a single one that has more to it than a table shows as a list of its
 * components, one in a line where there is only a line. Other values are left to gogo.
 */
@Component(service = Converter.class)
public final class RecordConverter implements Converter {

    @Override
    public Object convert(Class<?> desiredType, Object in) {
        return null;
    }

    @Override
    public CharSequence format(Object target, int level, Converter escape) {
        if (target instanceof Record row) {
            return switch (level) {
                case Converter.INSPECT -> chomp(Table.hidesSomething(row) ? Table.ofOne(row) : Table.of(List.of(row)));
                case Converter.LINE -> Table.line(row);
                default -> Table.part(row);
            };
        }
        if (level == Converter.INSPECT && target instanceof Collection<?> many && isTable(many)) {
            return chomp(Table.of(many.stream().map(Record.class::cast).toList()));
        }
        return null;
    }

    private static boolean isTable(Collection<?> many) {
        return !many.isEmpty()
                && many.stream().allMatch(Record.class::isInstance)
                && many.stream().map(Object::getClass).distinct().count() == 1;
    }

    /** Whoever prints a result ends the line. */
    private static String chomp(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
