FROM a
CMD trap "kill 0" TERM; app --run & wait
