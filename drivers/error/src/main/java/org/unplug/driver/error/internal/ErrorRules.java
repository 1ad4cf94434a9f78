package org.unplug.driver.error.internal;

import java.util.EnumSet;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.stack.Options;
import org.unplug.driver.error.ErrorRule;

/** Rules from options. */
final class ErrorRules {

    private ErrorRules() {}

    static ErrorRule parse(Options options, long capacitySectors) {
        return new ErrorRule(
                options.some("operations", BioOp.class, EnumSet.allOf(BioOp.class)),
                options.whole("from", 0, 0, capacitySectors - 1),
                options.whole("to", capacitySectors, 1, capacitySectors),
                options.whole("after", 0, 0, Long.MAX_VALUE),
                options.fraction("rate", 1),
                options.whole("count", 0, 0, Long.MAX_VALUE),
                options.one("status", BlockStatus.class, BlockStatus.IOERR),
                options.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
    }
}
