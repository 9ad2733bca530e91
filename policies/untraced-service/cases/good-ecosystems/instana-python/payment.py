import instana
import flask
