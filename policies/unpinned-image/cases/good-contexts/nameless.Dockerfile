FROM :latest
