one=./venv/bin/one
$one x.py
