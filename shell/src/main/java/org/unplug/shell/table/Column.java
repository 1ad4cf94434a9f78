package org.unplug.shell.table;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How a record's component shows, where its name and type do not say it already: see {@link Cell}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Column {

    /** The heading; by default the component's name without its unit. */
    String heading() default "";

    /**
     * The component that names the row which this one stands under, as a partition under its disk: draws a tree. The row
     * above must come before.
     */
    String under() default "";

    /** Not in a table; still there for scripts, and in the full view of a single record. */
    boolean hidden() default false;

    /** In a table only if some row has a value for it. */
    boolean rare() default false;
}
