/** JMH benchmarks of the block layer. Each file holds its yardstick beside what it measures: compare within one run only. */
package org.unplug.bench;
