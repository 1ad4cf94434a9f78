/** The schedulers that are always there: deadline and fair. Without one, bios go in the order they came. */
package org.unplug.block.internal.iosched;
