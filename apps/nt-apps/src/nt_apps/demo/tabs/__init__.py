"""The tabs of the page, a file each: what stands where, and which function answers whom."""
